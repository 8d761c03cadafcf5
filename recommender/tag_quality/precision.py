"""How many carriers of a tag show what it claims, and how many comparable customers without it do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.evidence import NEVER
from recommender.tag_quality.visibility import LATEST, WINDOW_DAYS
from recommender.training_data import Floats, Ints

MOMENTS = 6
"""Of the days of assignment, at as many of their quantiles the customers without the tag are looked at."""


class Precision(NamedTuple):
    """Counts per level, [1 + stages], all stages together first: of one tag.

    `followed` carriers, with twenty days on record after the assignment or more; how many of them `shown` a sign of
    what the tag claims within 180 days; and how many `expected` to, were they like the customers without the tag.
    """

    followed: Floats
    shown: Floats
    expected: Floats

    @classmethod
    def of(cls, signs: Signs, assigned: Ints, stage: Ints, stages: int) -> Precision:
        """From the `signs` of what a tag claims; `assigned` and `stage` by customer.

        Comparable are untagged customers of the same stage, on days on which carriers were given the tag, followed for
        as long (Kaplan–Meier: the later the day, the shorter they can be).
        """
        carriers = np.flatnonzero((assigned >= signs.since) & (assigned <= signs.until - LATEST) & (assigned != NEVER))
        counts = np.zeros((3, stages + 1))
        if not len(carriers):
            return cls(*counts)
        wait, seen = _first_sign(signs, carriers, assigned[carriers])
        untagged = np.flatnonzero(assigned == NEVER)
        days = np.sort(assigned[carriers])
        moments = days[(len(days) * (2 * np.arange(MOMENTS) + 1)) // (2 * MOMENTS)]
        for number in range(stages):
            own, peers = stage[carriers] == number, untagged[stage[untagged] == number]
            curve = _shown_by(signs, peers if len(peers) else untagged, moments)
            counts[:, number + 1] = own.sum(), (wait <= seen)[own].sum(), curve[seen[own]].sum()
        counts[:, 0] = counts[:, 1:].sum(axis=1)
        return cls(*counts)


def _first_sign(signs: Signs, customer: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Days until each customer's first sign after a day (beyond the second number: none), and days followed."""
    seen = np.minimum(signs.until - after, WINDOW_DAYS)
    return np.minimum(signs.days_until(customer, after), WINDOW_DAYS + 1), seen


def _shown_by(signs: Signs, customer: Ints, moments: Ints) -> Floats:
    """The share that shows a sign within 0, 1, … 180 days of a moment, by Kaplan and Meier's product limit."""
    who, when = np.tile(customer, len(moments)), np.repeat(moments, len(customer))
    wait, seen = _first_sign(signs, who, when)
    ended = np.minimum(wait, seen)
    came = np.bincount(ended[wait <= seen], minlength=WINDOW_DAYS + 1)
    at_risk = np.cumsum(np.bincount(ended, minlength=WINDOW_DAYS + 1)[::-1])[::-1]
    return np.asarray(1.0 - np.cumprod(1.0 - came / np.maximum(at_risk, 1)))
