"""The peers of a customer for the life-stage estimate: age band, declared goal and tenure band, nothing else."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Ints

AGE_FROM = np.array([25, 35, 45, 55, 65])
TENURE_FROM = np.array([90, 365, 1095])
AGES, TENURES = len(AGE_FROM) + 2, len(TENURE_FROM) + 2  # the last of each: unknown


def peer_groups(birth_year: Ints, goal: Ints, joined_day: Ints, *, today: int, goals: int) -> Ints:
    """The number of each customer's group, below `group_count(goals)`; -1 is unknown and a group of its own.

    Days since 1970-01-01; `goal` counts into the `goals` known ones.
    """
    year = np.datetime64(today, "D").astype("datetime64[Y]").astype(np.int64) + 1970
    age = np.where(birth_year >= 0, np.searchsorted(AGE_FROM, year - birth_year, side="right"), AGES - 1)
    tenure = np.where(joined_day >= 0, np.searchsorted(TENURE_FROM, today - joined_day, side="right"), TENURES - 1)
    wish = np.where((goal >= 0) & (goal < goals), goal, goals)
    return np.asarray((age * (goals + 1) + wish) * TENURES + tenure, dtype=np.int64)


def group_count(goals: int) -> int:
    """How many groups there are with that many goals."""
    return AGES * (goals + 1) * TENURES
