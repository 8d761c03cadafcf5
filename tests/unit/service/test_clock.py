"""Times as text and as microseconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clock import YEARS, iso, parse_us


@given(st.integers(0, YEARS.stop - 1))
def test_a_time_written_by_the_service_is_read_as_it_was(us: int) -> None:
    assert parse_us(iso(us)) == us


def test_a_time_without_a_zone_is_utc() -> None:
    assert parse_us("2026-11-22T08:00:00") == parse_us("2026-11-22T16:00:00+08:00")


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "9999-12-31T23:59:59-23:00", "1969-12-31", "2200-01-01"])
def test_what_is_no_time_of_the_years_1970_to_2199_is_none(text: str) -> None:
    assert parse_us(text) is None


def test_without_bounds_any_time_is_read() -> None:
    assert parse_us("1969-12-31", None) == -86_400_000_000
    assert parse_us("2200-01-01", None) == YEARS.stop
