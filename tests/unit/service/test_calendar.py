from __future__ import annotations

import datetime as dt
import zoneinfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.calendar import DAY_US, BankCalendar, date_of_day, day_of_date, parse_date

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe", "UTC")
INSTANTS = st.integers(-20 * 365 * DAY_US, 80 * 365 * DAY_US)


def plainly(us: int, zone: str) -> int:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)
    return (moment.astimezone(zoneinfo.ZoneInfo(zone)).date() - dt.date(1970, 1, 1)).days


@given(INSTANTS, st.sampled_from(ZONES))
def test_a_day_is_the_date_on_the_banks_clocks(us: int, zone: str) -> None:
    assert BankCalendar(zone).day(us) == plainly(us, zone)


@given(st.lists(INSTANTS, max_size=20), st.sampled_from(ZONES))
def test_many_days_are_the_days_one_by_one(instants: list[int], zone: str) -> None:
    days = BankCalendar(zone).days(np.array(instants, dtype=np.int64))
    assert days.tolist() == [plainly(us, zone) for us in instants]


@pytest.mark.parametrize("zone", ZONES)
def test_a_midnight_is_the_first_instant_of_its_day(zone: str) -> None:
    calendar = BankCalendar(zone)
    for day in range(16_000, 16_800):
        midnight = calendar.midnight_us(day)
        assert calendar.day(midnight) == day
        assert calendar.day(midnight - 1) == day - 1


@pytest.mark.parametrize("zone", ZONES)
def test_days_turn_where_the_clocks_do(zone: str) -> None:
    calendar = BankCalendar(zone)
    quarters = np.arange(16_000 * 96, 16_400 * 96, dtype=np.int64) * (DAY_US // 96)
    assert calendar.days(quarters).tolist() == [plainly(int(us), zone) for us in quarters]


def test_dates_are_numbered_from_the_first_of_1970() -> None:
    assert day_of_date(dt.date(1970, 1, 2)) == 1
    assert date_of_day(day_of_date(dt.date(2026, 11, 23))) == dt.date(2026, 11, 23)


def test_a_week_begins_on_monday() -> None:
    monday = (dt.date(2026, 11, 23) - dt.date(1970, 1, 1)).days
    assert BankCalendar.week(monday) == BankCalendar.week(monday - 1) + 1
    assert len({BankCalendar.week(monday + ahead) for ahead in range(7)}) == 1


def test_a_year_is_the_banks_own() -> None:
    new_year_in_shanghai = int(dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC).timestamp()) * 1_000_000
    assert BankCalendar("Asia/Shanghai").year(new_year_in_shanghai) == 2027
    assert BankCalendar("UTC").year(new_year_in_shanghai) == 2026


@pytest.mark.parametrize("text", ["1970-01-01", "2026-02-28", "2199-12-31"])
def test_a_date_of_the_years_1970_to_2199_is_read(text: str) -> None:
    date = parse_date(text)
    assert date is not None
    assert date.isoformat() == text


@pytest.mark.parametrize("text", ["", "soon", "0001-01-01", "1969-12-31", "2200-01-01", "20260101", "2026-W01-1"])
def test_a_text_that_says_no_such_date_is_none(text: str) -> None:
    assert parse_date(text) is None
