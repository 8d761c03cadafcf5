"""The peers of a customer for the life-stage estimate: age band, declared goal and tenure band, nothing else."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right

import numpy as np

from recommender.training_data import Ints

AGE_FROM = (25, 35, 45, 55, 65)
TENURE_FROM = (90, 365, 1095)
AGES, TENURES = len(AGE_FROM) + 2, len(TENURE_FROM) + 2  # the last of each: unknown
_EPOCH = dt.date(1970, 1, 1).toordinal()


def peer_groups(birth_year: Ints, goal: Ints, joined_day: Ints, *, today: int, goals: int) -> Ints:
    """The number of each customer's group, below `group_count(goals)`; -1 is unknown and a group of its own.

    Days since 1970-01-01; `goal` counts into the `goals` known ones.
    """
    customers = zip(birth_year.tolist(), goal.tolist(), joined_day.tolist(), strict=True)
    groups = [peer_group(*customer, today=today, goals=goals) for customer in customers]
    return np.array(groups, dtype=np.int64)


def peer_group(birth_year: int, goal: int, joined_day: int, *, today: int, goals: int) -> int:
    """The number of one customer's group: on a single one numpy costs thirty times as much."""
    year = dt.date.fromordinal(_EPOCH + today).year
    age = bisect_right(AGE_FROM, year - birth_year) if birth_year >= 0 else AGES - 1
    tenure = bisect_right(TENURE_FROM, today - joined_day) if joined_day >= 0 else TENURES - 1
    wish = goal if 0 <= goal < goals else goals
    return (age * (goals + 1) + wish) * TENURES + tenure


def group_count(goals: int) -> int:
    """How many groups there are with that many goals."""
    return AGES * (goals + 1) * TENURES
