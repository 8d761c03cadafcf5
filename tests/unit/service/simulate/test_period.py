"""The simulated days on the bank's calendar."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest

from service.simulate.chance import dice
from service.simulate.period import DAY, OFFICE_HOURS, SHANGHAI, Period, iso, midnight, moments_between


def test_the_days_end_with_the_midnight_before_until() -> None:
    period = Period.ending(dt.date(2026, 3, 1), 10)
    assert iso(period.as_of) == "2026-02-28T16:00:00Z"
    assert period.days == 10


@pytest.mark.parametrize(("days", "weeks"), [(28, 4), (30, 5), (548, 79)])
def test_steps_cover_every_day_once(days: int, weeks: int) -> None:
    period = Period.ending(dt.date(2026, 3, 1), days)
    steps = period.steps()
    assert len(steps) == weeks
    assert steps[0][0] == period.start
    assert steps[-1][1] == period.as_of
    assert all(former[1] == later[0] for former, later in pairwise(steps))


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    period = Period.ending(dt.date(2026, 3, 1), 1)
    assert midnight(np.array([period.start, period.start + DAY - 1, period.as_of])).tolist() == [
        period.start,
        period.start,
        period.as_of,
    ]


def test_moments_fall_on_the_days_given_and_at_the_hours_given() -> None:
    period = Period.ending(dt.date(2026, 3, 1), 7)
    begin, end = np.full(500, period.start), np.full(500, period.as_of)
    moments = moments_between(dice(1, "moments"), begin, end, OFFICE_HOURS)
    assert moments.min() >= period.start
    assert moments.max() < period.as_of
    assert set(((moments + SHANGHAI) % DAY // 3_600).tolist()) <= set(range(9, 18))
    assert len(set(midnight(moments).tolist())) == 7
