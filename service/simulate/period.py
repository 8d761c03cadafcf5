"""The simulated days: whole days of the bank's calendar, as seconds UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from service.simulate.chance import Floats, Ints, pick

DAY = 86_400
SHANGHAI = 8 * 3_600
STEP_DAYS = 7

APP_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 8, 11, 9, 7, 7, 7, 8, 9, 11, 14, 15, 11, 6], dtype=np.float64)
OFFICE_HOURS = np.array([0] * 9 + [9, 12, 9, 3, 5, 9, 10, 8, 2] + [0] * 6, dtype=np.float64)
NIGHT_HOURS = np.array([4, 6, 3] + [0] * 21, dtype=np.float64)


@dataclass(frozen=True)
class Period:
    """The days [start, as_of), both midnights in Shanghai as seconds UTC."""

    start: int
    as_of: int

    @classmethod
    def ending(cls, until: dt.date, days: int) -> Period:
        """The `days` days before the midnight with which `until` begins."""
        as_of = (until - dt.date(1970, 1, 1)).days * DAY - SHANGHAI
        return cls(as_of - days * DAY, as_of)

    @property
    def days(self) -> int:
        """How many days are simulated."""
        return (self.as_of - self.start) // DAY

    def steps(self) -> list[tuple[int, int]]:
        """The weeks as (begin, end); the last one may be shorter."""
        begins = range(self.start, self.as_of, STEP_DAYS * DAY)
        return [(begin, min(begin + STEP_DAYS * DAY, self.as_of)) for begin in begins]


def midnight(moments: Ints) -> Ints:
    """The Shanghai midnight with which the day of each moment begins."""
    begun: Ints = (moments + SHANGHAI) // DAY * DAY - SHANGHAI
    return begun


def clock(roll: np.random.Generator, size: int, hours: Floats) -> Ints:
    """Seconds since midnight, spread over the hours by their shares."""
    return pick(roll, hours, size) * 3_600 + roll.integers(0, 3_600, size)


def moments_between(roll: np.random.Generator, begin: Ints, end: Ints, hours: Floats) -> Ints:
    """A moment on a random day of [begin, end), both midnights and at least one day apart, at a likely hour."""
    days = np.maximum((end - begin) // DAY, 1)
    day: Ints = (roll.random(begin.size) * days).astype(np.int64)
    moment: Ints = begin + day * DAY + clock(roll, begin.size, hours)
    return moment


def iso(seconds: int) -> str:
    """The moment as ISO 8601, UTC."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
