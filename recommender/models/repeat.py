"""How likely a customer is to buy a product again: own frequency, the product's repeat rate and its rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.interactions import PURCHASES, Items
from recommender.training_data import Events, Floats

PRIOR_BUYERS = 5.0
PRIOR_GAPS = 5.0
MATURITY_DAYS = 30.0
_SPAN = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class RepeatHazard:
    """By item: `rate`, the share of purchase days that another one follows, and `gap`, the usual days until then."""

    rate: Floats
    gap: Floats

    @classmethod
    def fit(cls, events: Events, items: Items, today: int) -> RepeatHazard:
        """From all purchases up to `today`; rare products are drawn to the figures of all (5 purchases, 5 gaps)."""
        rows = items.rows(events.product)
        bought = (rows >= 0) & np.isin(events.kind, PURCHASES) & (events.day <= today)
        size = len(items.product)
        owner = events.customer[bought].astype(np.int64) * max(size, 1) + rows[bought]
        key = np.unique(owner * _SPAN + events.day[bought])
        owner, day = key // _SPAN, key % _SPAN
        again = owner[1:] == owner[:-1]
        followed, gaps = owner[:-1][again] % max(size, 1), np.diff(day)[again]
        total = np.bincount(owner % max(size, 1), minlength=size).astype(np.float64)
        repeats = np.bincount(followed, minlength=size).astype(np.float64)
        share = repeats.sum() / max(total.sum(), 1.0)
        usual = float(np.exp(np.log(np.maximum(gaps, 1)).mean())) if len(gaps) else 30.0
        logs = np.bincount(followed, np.log(np.maximum(gaps, 1)), size)
        return cls(
            rate=(repeats + PRIOR_BUYERS * share) / (total + PRIOR_BUYERS),
            gap=np.exp((logs + PRIOR_GAPS * np.log(usual)) / (repeats + PRIOR_GAPS)),
        )

    def score(self, decayed: Floats, since: Floats, due: Floats) -> Floats:
        """Own decayed purchases × repeat rate × 2^(−overdue/gap), and the rate again for what matures in 30 days.

        `since` the days since the last purchase, `due` those until a maturity; [n, items] or [items].
        """
        overdue = np.maximum(since - self.gap, 0.0) / self.gap
        maturing = np.where(due <= MATURITY_DAYS, 1.0, 0.0)
        scores: Floats = self.rate * (decayed * np.exp2(-np.minimum(overdue, 60.0)) + maturing)
        return scores

    def to_arrays(self) -> dict[str, Floats]:
        return {"rate": self.rate, "gap": self.gap}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> RepeatHazard:
        return cls(arrays["rate"], arrays["gap"])
