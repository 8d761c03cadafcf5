from __future__ import annotations

import datetime as dt

from loadtest.service_time import ServiceTime


def test_it_follows_a_moved_clock_and_is_never_ahead_of_it() -> None:
    clock = [100.0]
    told = ServiceTime(lambda: clock[0])
    start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    for passed in (0.9, 2.1, 2.4, 3.7):  # shelves name whole seconds
        clock[0] = 100.0 + passed
        told.hear((start + dt.timedelta(seconds=int(passed))).isoformat())
        assert told.now() <= start + dt.timedelta(seconds=passed)
    assert start + dt.timedelta(seconds=3.7) - told.now() < dt.timedelta(seconds=0.2)
