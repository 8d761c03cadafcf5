"""Which category is acquired after which: first purchases, the days at risk of them, and the shrunk hazard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.interactions import PURCHASES
from recommender.training_data import Bools, Floats, Ints, TrainingData

PRIOR_DAYS = 50_000.0
NEVER = 2**30


def transition_hazard(
    transitions: Floats | float,
    exposure_days: Floats | float,
    base_rate: Floats | float,
    prior_days: float = PRIOR_DAYS,
) -> Floats | float:
    """λ̂(c'→c): the daily hazard of a first purchase of c in state c', gamma–Poisson shrunk to the base rate of c."""
    return (transitions + base_rate * prior_days) / (exposure_days + prior_days)


@dataclass(frozen=True, slots=True, eq=False)
class Acquisitions:
    """The day of the first purchase or holding, [customers, categories], NEVER without one.

    `since` is the first day on which the customer is observed; what was acquired before, or came with joining on that
    very day, was never at risk.
    """

    day: Ints
    since: Ints
    today: int

    @classmethod
    def of(cls, data: TrainingData) -> Acquisitions:
        """From purchases and holding spells up to and with `as_of`."""
        events, spells = data.events, data.spells
        day = np.full((data.customers, data.categories), NEVER, dtype=np.int32)
        bought = events.where(np.isin(events.kind, PURCHASES) & (events.category >= 0) & (events.day <= data.as_of))
        np.minimum.at(day, (bought.customer, bought.category), bought.day.astype(np.int32))
        held = (spells.category >= 0) & (spells.opened <= data.as_of)
        np.minimum.at(day, (spells.customer[held], spells.category[held]), spells.opened[held].astype(np.int32))
        since = np.full(data.customers, data.as_of)
        np.minimum.at(since, events.customer, np.minimum(events.day, data.as_of))
        since = np.where(data.joined_day >= 0, data.joined_day, since)
        return cls(day, np.clip(since, data.from_day, data.as_of), data.as_of)

    @property
    def first(self) -> Bools:
        """Where a first purchase was observed."""
        return np.asarray((self.day != NEVER) & (self.day > self.since[:, None]), dtype=np.bool_)

    def base_rate(self) -> Floats:
        """λ0: first purchases per customer-day without the category; 0 where nobody was at risk."""
        days = np.maximum(np.minimum(self.day, self.today) - self.since[:, None], 0).sum(axis=0)
        return np.asarray(self.first.sum(axis=0) / np.maximum(days, 1) * (days > 0), dtype=np.float64)

    def transitions(self) -> tuple[Floats, Floats]:
        """n and E [from, to]: first purchases after the category was acquired, and the days at risk of one.

        A customer is in state c' from the day after c' was acquired until `to` is; same-day purchases have no order.
        """
        categories = self.day.shape[1]
        counts, exposure = np.zeros((categories, categories)), np.zeros((categories, categories))
        until, observed = np.minimum(self.day, self.today), self.first
        for origin in range(categories):
            inside = self.day[:, origin] < self.today
            start = np.maximum(self.day[inside, origin], self.since[inside])[:, None]
            counts[origin] = (observed[inside] & (self.day[inside] > start)).sum(axis=0)
            exposure[origin] = np.maximum(until[inside] - start, 0).sum(axis=0)
        return counts, exposure

    def within(self, days: int) -> Bools:
        """Which customer first acquired which category in the last `days` days."""
        return self.first & (self.day > self.today - days)
