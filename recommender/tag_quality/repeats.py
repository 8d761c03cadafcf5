"""What a claim's signs show of how often they come: repeats after a second or later sign, and windows of everybody."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.occasions import MERGE_DAYS
from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.durability import HORIZON_DAYS
from recommender.training_data import Floats, Ints

WINDOW_DAYS = int(HORIZON_DAYS)
LATEST = 20  # days before the end after which somebody has not been followed long enough
RANKS = (2, 3, 4)
"""After which sign repeats are counted. After the first one too many only looked, and it is told apart by nothing."""
BETWEEN_MOMENTS = 60  # days


class Repeats(NamedTuple):
    """Of the signs of one claim: who was followed after the second, third and fourth, and how many showed another.

    `followed` [ranks, 1 + window] counts customers by the days in which another sign could be seen, `again` [ranks]
    those who showed one. `windows` has a row a moment: its days,
    the customers, those who showed a sign in them, those who had shown none for as long before as a window is, and
    those of these who showed one then. The record is of so many days.
    """

    followed: Floats
    again: Floats
    windows: Floats
    record: int

    @classmethod
    def of(cls, signs: Signs, joined: Ints, covered: Covered) -> Repeats:
        """From the `signs` of what is claimed, the day on which each customer joined, -1 unknown, and covered days."""
        followed, again = np.zeros((len(RANKS), WINDOW_DAYS + 1)), np.zeros(len(RANKS))
        for place, rank in enumerate(RANKS):
            who, day = signs.of_rank(rank)
            after = day + MERGE_DAYS
            until = np.minimum(after + WINDOW_DAYS, signs.until)
            seen = day <= signs.until - LATEST
            days = until - after - covered.days(who, after, until)
            again[place] = (signs.count(who[seen], after[seen], until[seen]) > 0).sum()
            followed[place] = np.bincount(days[seen], minlength=WINDOW_DAYS + 1)
        rows = [_window(signs, joined, covered, moment) for moment in _moments(signs)]
        return cls(followed, again, np.array(rows, dtype=np.float64).reshape(-1, 5), signs.until - signs.since)

    def behind(self, life: float) -> float:
        """For how many days a preference has been there when it is met: half of its life, on record."""
        return float(min(life / 2, self.record))


def _moments(signs: Signs) -> range:
    return range(signs.since + WINDOW_DAYS, signs.until - LATEST, BETWEEN_MOMENTS)


def _window(signs: Signs, joined: Ints, covered: Covered, moment: int) -> tuple[int, int, int, int, int]:
    there = np.flatnonzero(joined <= moment - WINDOW_DAYS)
    now = np.full(len(there), moment)
    end = np.minimum(now + WINDOW_DAYS, signs.until)
    shown = signs.count(there, now, end) > 0
    quiet = signs.count(there, now - WINDOW_DAYS, now) == 0
    days = (end - now - covered.days(there, now, end)).mean() if len(there) else 0.0
    return round(float(days)), len(there), int(shown.sum()), int(quiet.sum()), int((shown & quiet).sum())
