"""Dated signs of a preference: occasions and unprompted looks, and how often a customer shows any."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from recommender.occasions import LONGEST as SPAN
from recommender.occasions import first_of_runs
from recommender.tag_quality.evidence import Evidence
from recommender.training_data import Bools, Floats, Ints

IDLE = 3.0
"""Signs added to each customer's own: somebody of whom little is known counts as nearly usual."""


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """One entry a sign, ordered; `weight` is 1 over a customer's liveliness, so that the busy do not stand for all."""

    customer: Ints
    category: Ints
    day: Ints
    weight: Floats  # [customers]
    since: int
    until: int
    _key: Ints = field(init=False)  # customer and day of every sign, in order

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", np.sort(self.customer * SPAN + self.day))

    @classmethod
    def of(cls, evidence: Evidence) -> Signs:
        """What was bought or looked at, of a category within three days once (domain.md §3)."""
        parts = evidence.purchases, evidence.looks
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("customer", "category", "day")]
        key = np.unique((columns[1] * max(evidence.customers, 1) + columns[0]) * SPAN + columns[2])
        key = key[first_of_runs(key)]
        group, day = key // SPAN, key % SPAN
        customer = group % max(evidence.customers, 1)
        since = int(day.min()) if len(day) else evidence.as_of
        return cls(
            customer, group // max(evidence.customers, 1), day, np.ones(evidence.customers), since, evidence.as_of
        )

    def within(self, claims: Bools) -> Signs:
        """Those in some categories; liveliness is then told by all others, for long preferences show more often too."""
        kept = claims[self.category]
        often = np.bincount(self.customer[~kept], minlength=len(self.weight)) + IDLE
        weight = (often.sum() / max(len(often), 1)) / often
        return Signs(self.customer[kept], self.category[kept], self.day[kept], weight, self.since, self.until)

    def of_rank(self, rank: int) -> tuple[Ints, Ints]:
        """Who showed at least so many signs, and the day of that one; of one customer within three days once."""
        key = np.unique(self._key)
        key = key[first_of_runs(key)]
        customer = key // SPAN
        begins = np.flatnonzero(np.diff(customer, prepend=-1))
        place = np.arange(len(key)) - np.repeat(begins, np.diff(np.append(begins, len(key))))
        found = key[place == rank - 1]
        return found // SPAN, found % SPAN

    def days_until(self, customer: Ints, after: Ints) -> Ints:
        """Days from a day to each customer's next sign later than it; `SPAN` where none is on record."""
        key = np.append(self._key, np.iinfo(np.int64).max)
        following = key[np.searchsorted(key, customer * SPAN + after, side="right")]
        return np.where(following // SPAN == customer, following % SPAN - after, SPAN)

    def count(self, customer: Ints, after: Ints, until: Ints) -> Ints:
        """How many signs each customer shows in (after, until]."""
        ends = np.searchsorted(self._key, customer * SPAN + until, side="right")
        return np.asarray(ends - np.searchsorted(self._key, customer * SPAN + after, side="right"), dtype=np.int64)
