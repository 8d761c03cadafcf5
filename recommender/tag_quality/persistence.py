"""How likely a claimed preference outlives the horizon, from how its signs thin out: no contract hides them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.durability import HORIZON_DAYS
from recommender.training_data import Floats, Ints

AFTER = np.array([3, 30, 60, 90, 150, 210, 300])
UNTIL = np.array([30, 60, 90, 150, 210, 300, 420])
"""Lags in days, (after, until]: the first leaves out what belongs to the same occasion."""
EARLY, LATE = 0, 4
LAG_BETWEEN = float((AFTER[LATE] + UNTIL[LATE] - AFTER[EARLY] - UNTIL[EARLY]) / 2)
LOWEST, HIGHEST = 0.005, 0.97  # of what is left at the later lag: beyond it nothing is told by few signs
FEWEST = 10.0
PRIOR_SPREAD = 0.5  # of the logarithm of a tag's hazard around that of everybody who shows the preference
HAZARDS = np.exp(np.linspace(np.log(1 / 4_000), np.log(1 / 10), 80))
STEPS = 15
LEAST_SEEN = 0.3


class Persistence(NamedTuple):
    """Signs after some begins by lag, the weighted days in which they could be seen, and their rate without a taste."""

    seen: Floats
    days: Floats
    background: float

    @classmethod
    def of(cls, signs: Signs, customer: Ints, begin: Ints, background: float) -> Persistence:
        """From begins, one entry each: signs of what is claimed, or assignments of the tag."""
        weight = signs.weight[customer]
        seen, days = np.zeros(len(AFTER)), np.zeros(len(AFTER))
        for place, (after, until) in enumerate(zip(AFTER.tolist(), UNTIL.tolist(), strict=True)):
            low, high = (np.minimum(begin + lag, signs.until) for lag in (after, until))
            seen[place] = weight @ signs.count(customer, low, high)
            days[place] = weight @ (high - low)
        return cls(seen, days, background)

    def hazard(self) -> float:
        """The daily hazard of an end, from what is left at the later lag; nan from few signs."""
        if self.seen.sum() < FEWEST or not self.days[LATE]:
            return float("nan")
        early, late = (self.seen[lag] / self.days[lag] - self.background for lag in (EARLY, LATE))
        left = np.clip(late / early if early > 0 else HIGHEST, LOWEST, HIGHEST)
        return float(-np.log(left) / LAG_BETWEEN)

    def survival(self, usual: float) -> float:
        """P(a preference lives for the horizon): mean of exp(−μH) over the posterior of the hazard μ.

        Signs come as Poisson(λ·exp(−μ·lag) + background); λ is profiled out by EM; ln μ is normal around `usual`.
        """
        fall = np.exp(-np.outer(HAZARDS, AFTER)) - np.exp(-np.outer(HAZARDS, UNTIL))
        alive = fall / (HAZARDS[:, None] * (UNTIL - AFTER))
        reach = np.maximum(alive @ self.days, 1e-9)
        rate = np.maximum(self.seen.sum() - self.background * self.days.sum(), LEAST_SEEN) / reach
        for _ in range(STEPS):
            mine = rate[:, None] * alive
            rate = np.maximum((self.seen * mine / (mine + self.background)).sum(axis=1), LEAST_SEEN / 6) / reach
        expected = np.maximum((rate[:, None] * alive + self.background) * self.days, 1e-12)
        far = ((np.log(HAZARDS) - np.log(usual)) / PRIOR_SPREAD) ** 2
        log_likelihood = (self.seen * np.log(expected) - expected).sum(axis=1) - far / 2
        belief = np.exp(log_likelihood - log_likelihood.max())
        return float(belief @ np.exp(-HAZARDS * HORIZON_DAYS) / belief.sum())
