"""Who comes when, sees a card or not, and buys in the window before and after: drawn before anybody is in an arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.simulate.chance import Bools, Floats, Ints, dice

DAY_S = 86_400
EVENNESS = 20.0
"""Customers' own rates are Beta with this sum of parameters around the base rate: some buy often, most seldom."""


@dataclass(frozen=True, slots=True)
class TrialSize:
    """An experiment to be lived: customers who see a card, base rate, relative effect in the treatment, days, seed.

    One in ten customers more fetches a shelf and never sees a card of it.
    """

    customers: int
    base_rate: float
    effect: float
    seed: int
    enrol_days: int = 14
    window_days: int = 7

    def check(self) -> None:
        """Raises ValueError naming what is out of range."""
        rules = (
            (10 <= self.customers <= 2_000_000, "n: from 10 to 2,000,000 customers"),
            (0 < self.base_rate < 1, "base-rate: between 0 and 1"),
            (self.effect >= -1 and self.base_rate * (1 + self.effect) < 1, "effect: the base rate with it from 0 to 1"),
            (1 <= self.enrol_days <= 365, "days: from 1 to 365"),
            (1 <= self.window_days <= 120, "window: from 1 to 120 days"),
        )
        faults = [rule for holds, rule in rules if not holds]
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """One entry a customer, [n]; seconds from the start of the experiment.

    `comes_s`: the shelf is fetched; `sees`: a card of it is seen then. `rate` is the customer's own chance to buy in
    the window, `luck` the draw that decides it, `later_s` how long after, `before_s` how long before a purchase of the
    window before lies, -1 where there is none.
    """

    customer: tuple[str, ...]
    comes_s: Ints
    sees: Bools
    rate: Floats
    luck: Floats
    later_s: Ints
    before_s: Ints

    def buys(self, effect: Floats) -> Bools:
        """Who buys in the window, with the relative effect of each one's arm."""
        bought: Bools = self.luck < np.minimum(self.rate * (1 + effect), 1.0)
        return bought

    def true_effect(self, effect: float) -> float:
        """What the treatment adds to the share of buyers among those who see a card, were all of them in it."""
        rate = self.rate[self.sees]
        return float((np.minimum(rate * (1 + effect), 1.0) - rate).mean())


def people_of(size: TrialSize) -> People:
    """The customers of an experiment; the same size gives the same ones."""
    size.check()
    roll = dice(size.seed, "trial")
    blind = size.customers // 10
    number, window_s = size.customers + blind, size.window_days * DAY_S
    rate = roll.beta(EVENNESS * size.base_rate, EVENNESS * (1 - size.base_rate), number)
    has_bought = roll.random(number) < rate
    return People(
        customer=tuple(f"trial-{size.seed}-{place:06d}" for place in range(number)),
        comes_s=roll.integers(0, size.enrol_days, number) * DAY_S,
        sees=np.arange(number) < size.customers,
        rate=rate,
        luck=roll.random(number),
        later_s=roll.integers(60, window_s - 60, number),
        before_s=np.where(has_bought, roll.integers(60, window_s - 60, number), -1),
    )
