"""The survival curve of a tag's spells: Kaplan–Meier, its mean over the first year, its half-life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.training_data import Bools, Floats

YEAR = 365.0


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """S(t) is `share[i]` from `days[i]` until the next step, 1 before the first; the last spell was seen to `until`."""

    days: Floats
    share: Floats
    until: float

    @classmethod
    def of(cls, days: Floats, ended: Bools) -> Survival:
        """The product-limit estimate from durations; those not ended are censored after the ends of the same day."""
        if not len(days):
            return cls(np.empty(0), np.empty(0), 0.0)
        steps = np.unique(days[ended]).astype(np.float64)
        at_risk = len(days) - np.searchsorted(np.sort(days), steps, side="left")
        ends = np.searchsorted(np.sort(days[ended]), steps, side="right") - np.searchsorted(
            np.sort(days[ended]), steps, side="left"
        )
        return cls(steps, np.cumprod(1.0 - ends / at_risk, dtype=np.float64), float(days.max()))

    def half_life(self) -> float:
        """The first day on which no more than half survive; nan where the curve does not fall so low."""
        low = np.flatnonzero(self.share <= 0.5)
        return float(self.days[low[0]]) if len(low) else float("nan")

    def mean_share(self, horizon: float = YEAR) -> float:
        """RMST(horizon)/horizon in [0, 1]: the curve goes on level where nothing is known of later days."""
        inside = self.days < horizon
        turns = np.concatenate([[0.0], self.days[inside], [horizon]])
        levels = np.concatenate([[1.0], self.share[inside]])
        return float(np.diff(turns) @ levels / horizon)
