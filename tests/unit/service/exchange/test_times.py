from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clock import from_us, iso, parse_us, to_us
from service.exchange.times import FILE_YEARS, HIGHEST_US, micros_of_text, micros_of_times

MOMENT = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)
BEFORE_1970 = dt.datetime(1969, 12, 31, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-01-05T08:00:00Z", "2026-01-05T08:00:00", "2026-01-05 08:00", "2026-01-05T16:00:00+08:00", "20260105T08Z"],
)
def test_the_ways_of_writing_a_time_mean_the_same(text: str) -> None:
    column = pa.array([text, None, "2026-01-05T08:00:00.000001Z"])
    micros, outside, bad = micros_of_text(column)
    assert micros.tolist() == [to_us(MOMENT), 0, to_us(MOMENT) + 1]
    assert not outside.any()
    assert not bad.any()


@pytest.mark.parametrize("text", ["2026-02-30", "soon", "08:00", "2026-01-05T25:00:00", "1e9", "２０２６-01-05"])
def test_what_is_no_time_is_bad_and_spares_its_neighbours(text: str) -> None:
    micros, _, bad = micros_of_text(pa.array([text, "2026-01-05T08:00:00Z"]))
    assert bad.tolist() == [True, False]
    assert micros[1] == to_us(MOMENT)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_timestamps_of_any_unit_and_zone_are_instants_and_naive_ones_are_utc(unit: str, zone: str | None) -> None:
    column = pa.array([MOMENT, None], pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, zone))
    micros, outside = micros_of_times(column)
    assert micros[0] == to_us(MOMENT)
    assert not outside.any()


def test_a_date_is_its_midnight_in_utc() -> None:
    micros, _ = micros_of_times(pa.array([MOMENT.date()], pa.date32()))
    assert from_us(int(micros[0])) == dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def test_before_1970_and_beyond_the_year_9999_is_out_of_range() -> None:
    seconds = [int(BEFORE_1970.timestamp()), HIGHEST_US // 1_000_000, HIGHEST_US // 1_000_000 + 1, 2**62]
    _, outside = micros_of_times(pa.array(seconds, pa.int64()).cast(pa.timestamp("s")))
    assert outside.tolist() == [True, False, True, True]
    _, outside, bad = micros_of_text(pa.array(["1969-12-31", "9999-12-31"]))
    assert outside.tolist() == [True, False]
    assert not bad.any()


@given(st.integers(0, HIGHEST_US))
def test_a_time_written_by_the_service_is_read_as_it_was(us: int) -> None:
    micros, outside, bad = micros_of_text(pa.array([iso(us)]))
    assert (micros[0], outside[0], bad[0]) == (us, False, False)
    assert parse_us(iso(us), FILE_YEARS) == us
