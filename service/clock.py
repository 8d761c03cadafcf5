"""The service's clock: UTC microseconds, movable in development mode."""

from __future__ import annotations

import datetime as dt
import time

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
AHEAD_US = 300_000_000
"""So far ahead of the service's clock the time of what has happened may lie, microseconds."""
YEARS = range(7_258_118_400_000_000)
"""The instants of the years 1970 to 2199, microseconds: what the service takes for a time of its own."""


def to_us(moment: dt.datetime) -> int:
    """UTC microseconds since 1970; a naive time is UTC."""
    since = (moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_us(us: int) -> dt.datetime:
    """The aware UTC time of a number of microseconds."""
    return _EPOCH + dt.timedelta(microseconds=us)


def iso(us: int) -> str:
    """ISO 8601 with `Z`, to the second where the time is whole seconds."""
    return from_us(us).isoformat().replace("+00:00", "Z")


def parse_us(text: str, within: range | None = YEARS) -> int | None:
    """UTC microseconds of ISO 8601 text, naive = UTC; None where it is no time, or none `within` (None: any)."""
    try:
        us = to_us(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return us if within is None or us in within else None


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
