"""How often each product is bought: lately, ever, and the one shrunk to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.interactions import PURCHASES, Items
from recommender.training_data import Events, Floats

WINDOW_DAYS = 60
PRIOR_PURCHASES = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Popularity:
    """Purchases by item: `recent` within the window, `all_time` of all events."""

    recent: Floats
    all_time: Floats

    @classmethod
    def fit(cls, events: Events, items: Items, today: int, window_days: int = WINDOW_DAYS) -> Popularity:
        """Counts the purchases up to and with `today`; the window is the last `window_days` days."""
        rows = items.rows(events.product)
        bought = (rows >= 0) & np.isin(events.kind, PURCHASES) & (events.day <= today)
        recent = bought & (events.day > today - window_days)
        size = len(items.product)
        counts = (np.bincount(rows[mask], minlength=size).astype(np.float64) for mask in (recent, bought))
        return cls(*counts)

    def score(self) -> Floats:
        """Purchases in the window + 50 × the product's share of all purchases (recommender.md §3)."""
        total = self.all_time.sum()
        return self.recent + (PRIOR_PURCHASES * self.all_time / total if total else 0.0)

    @staticmethod
    def percentile(score: Floats) -> Floats:
        """Each score's mean rank in [0, 1], equal scores alike; 0 for a single product."""
        _, place, count = np.unique(score, return_inverse=True, return_counts=True)
        rank = np.cumsum(count) - (count + 1) / 2
        return np.asarray(rank[place] / max(len(score) - 1, 1), dtype=np.float64)

    def to_arrays(self) -> dict[str, Floats]:
        return {"recent": self.recent, "all_time": self.all_time}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> Popularity:
        return cls(arrays["recent"], arrays["all_time"])
