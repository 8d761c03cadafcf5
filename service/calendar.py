"""The bank's calendar: whole days, weeks and midnights of one time zone."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import numpy as np
from numpy.typing import NDArray

DAY_US = 86_400_000_000
_QUARTER_US = 900_000_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_DAY = dt.date(1970, 1, 1)
_KEPT = 200_000

NOT_A_DATE = "not a date, YYYY-MM-DD, of the years 1970 to 2199"
"""What is wrong with a text that `parse_date` takes for none."""

Times = NDArray[np.int64]


def parse_date(text: str) -> dt.date | None:
    """The date that a text says as YYYY-MM-DD, None where it says none of the years 1970 to 2199."""
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date if 1970 <= date.year <= 2199 and text == date.isoformat() else None


def day_of_date(date: dt.date) -> int:
    """The number of a calendar day: 0 is 1970-01-01."""
    return (date - _FIRST_DAY).days


def date_of_day(day: int) -> dt.date:
    """The calendar day of a number."""
    return _FIRST_DAY + dt.timedelta(days=day)


class BankCalendar:
    """Days count from 1970-01-01 by the bank's clocks, weeks begin on Monday; instants are UTC microseconds."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._of_day: dict[int, int | None] = {}  # UTC day -> offset, None where it turns within that day
        self._of_quarter: dict[int, int] = {}

    def day(self, us: int) -> int:
        """The day on which an instant falls."""
        offset = self._of_day.get(us // DAY_US)
        return (us + (self._offset(us) if offset is None else offset)) // DAY_US

    def days(self, instants: Times) -> Times:
        """The days on which instants fall."""
        utc_days, where = np.unique(instants // DAY_US, return_inverse=True)
        whole = [self._whole(int(day)) for day in utc_days]
        offsets = np.array([0 if offset is None else offset for offset in whole], dtype=np.int64)
        result: Times = (instants + offsets[where]) // DAY_US
        turning = np.array([offset is None for offset in whole], dtype=np.bool_)
        for position in np.flatnonzero(turning[where]):
            result[position] = self.day(int(instants[position]))
        return result

    def midnight_us(self, day: int) -> int:
        """The instant at which a day begins."""
        return self.instant_us(day, dt.time())

    def instant_us(self, day: int, time: dt.time) -> int:
        """The instant of a time of day: the first of two, and one that is skipped as the clocks before it count."""
        local = dt.datetime.combine(date_of_day(day), time, self._zone)
        return (local.astimezone(dt.UTC) - _EPOCH) // dt.timedelta(microseconds=1)

    def year(self, us: int) -> int:
        """The calendar year of an instant."""
        return date_of_day(self.day(us)).year

    @staticmethod
    def week(day: int) -> int:
        """The week of a day; 1970-01-01 was a Thursday."""
        return (day + 3) // 7

    def _offset(self, us: int) -> int:
        whole = self._whole(us // DAY_US)
        return self._quarter(us // _QUARTER_US) if whole is None else whole

    def _whole(self, utc_day: int) -> int | None:
        """The offset of a UTC day, None where it turns: zones change on a quarter of an hour, once a day at most."""
        if utc_day not in self._of_day:
            if len(self._of_day) >= _KEPT:
                self._of_day.clear()
            first = self._quarter(utc_day * (DAY_US // _QUARTER_US))
            last = self._quarter((utc_day + 1) * (DAY_US // _QUARTER_US) - 1)
            self._of_day[utc_day] = first if first == last else None
        return self._of_day[utc_day]

    def _quarter(self, quarter: int) -> int:
        if quarter not in self._of_quarter:
            if len(self._of_quarter) >= _KEPT:
                self._of_quarter.clear()
            offset = (_EPOCH + dt.timedelta(seconds=quarter * 900)).astimezone(self._zone).utcoffset()
            self._of_quarter[quarter] = (offset or dt.timedelta()) // dt.timedelta(microseconds=1)
        return self._of_quarter[quarter]
