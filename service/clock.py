"""The service's clock: UTC microseconds, movable in development mode."""

from __future__ import annotations

import datetime as dt
import time

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def to_us(moment: dt.datetime) -> int:
    """UTC microseconds since 1970; a naive time is UTC."""
    aware = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
    return (aware - _EPOCH) // dt.timedelta(microseconds=1)


def from_us(us: int) -> dt.datetime:
    """The aware UTC time of a number of microseconds."""
    return _EPOCH + dt.timedelta(microseconds=us)


def iso(us: int) -> str:
    """ISO 8601 with `Z`, to the second where the time is whole seconds."""
    return from_us(us).isoformat().replace("+00:00", "Z")


class Clock:
    """Runs on from where it was set; unset it is the machine's."""

    def __init__(self, start: dt.datetime | None = None) -> None:
        self._offset_us = 0
        if start is not None:
            self.set(start)

    def set(self, moment: dt.datetime) -> None:
        """Move the clock; it goes on from there."""
        self._offset_us = to_us(moment) - time.time_ns() // 1000

    def now_us(self) -> int:
        """UTC microseconds now."""
        return time.time_ns() // 1000 + self._offset_us
