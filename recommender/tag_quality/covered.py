"""The days on which nothing that a customer did would count, because a personal card had prompted it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.attribution import EXPOSURE_DAYS
from recommender.occasions import LONGEST as SPAN
from recommender.tag_quality.evidence import Evidence
from recommender.training_data import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """Stretches of days, ordered by customer and day, that do not touch: `begin` and `end` as customer · SPAN + day,
    the end not included; `before` are the days in all stretches before each.
    """

    begin: Ints
    end: Ints
    before: Ints

    @classmethod
    def of(cls, evidence: Evidence, claims: Bools) -> Covered:
        """From the personal cards of categories that compete with the claimed ones: their days and a week after."""
        cards = evidence.cards
        own = np.isin(evidence.family[cards.category], np.unique(evidence.family[claims]))
        begin = np.unique(cards.customer[own] * SPAN + cards.day[own])
        end = begin + EXPOSURE_DAYS + 1
        fresh = np.ones(len(begin), np.bool_)
        fresh[1:] = begin[1:] > end[:-1]
        begin, end = begin[fresh], end[np.append(fresh[1:], True)] if len(end) else end
        length = end - begin
        return cls(begin, end, np.cumsum(length) - length)

    def days(self, customer: Ints, after: Ints, until: Ints) -> Ints:
        """How many of each customer's days in (after, until] are covered."""
        if not len(self.begin):
            return np.zeros(len(customer), np.int64)
        return self._through(customer * SPAN + until) - self._through(customer * SPAN + after)

    def on_days(self, customer: Ints, after: Ints, days: Ints, size: int) -> Ints:
        """How many of the customers are covered on the day itself, one, two, … days after a day of each, up to so many
        days each.
        """
        low, high = customer * SPAN + after + 1, customer * SPAN + after + days
        first = np.searchsorted(self.end, low, side="right")
        count = np.maximum(np.searchsorted(self.begin, high, side="right") - first, 0)
        who = np.repeat(np.arange(len(customer)), count)
        stretch = np.arange(len(who)) - np.repeat(np.cumsum(count) - count - first, count)
        begin = np.maximum(self.begin[stretch], low[who]) - low[who] + 1
        end = np.minimum(self.end[stretch], high[who] + 1) - low[who] + 1
        begun, ended = (np.bincount(one, minlength=size + 1)[:size] for one in (begin, end))
        return np.cumsum(begun - ended)

    def _through(self, day: Ints) -> Ints:
        """Covered days of all customers before, and of this one up to a day with it."""
        place = np.maximum(np.searchsorted(self.begin, day, side="right") - 1, 0)
        inside = np.clip(np.minimum(day + 1, self.end[place]) - self.begin[place], 0, None)
        return np.asarray(self.before[place] + inside, dtype=np.int64)
