"""Purchases as they count on one day: cancelled ones never happened, close ones are one occasion."""

from __future__ import annotations

from dataclasses import dataclass, field

from shelf_rules.catalogue import Categories
from shelf_rules.facts import Past
from shelf_rules.formulas import Occasion, occasions
from shelf_rules.policy import FixedPolicy

_TASK = 0  # weight class of a purchase that a task led to


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """The occasions of one category that count, in the order of their days, and what is known of older purchases."""

    occasions: list[Occasion] = field(default_factory=list)
    dropped: int = 0  # purchases that the state no longer keeps, each an occasion
    first_day: int = -1  # day of the first of all, where some were dropped

    def __len__(self) -> int:
        return len(self.occasions) + self.dropped

    @property
    def first(self) -> float:
        """Day of the first occasion."""
        return self.first_day if self.dropped else self.occasions[0][0]

    @property
    def last(self) -> float:
        """Day of the last occasion."""
        return self.occasions[-1][0] if self.occasions else self.first_day


NEVER = Purchases()


def read_purchases(past: Past, policy: FixedPolicy, categories: Categories, *, today: int) -> dict[int, Purchases]:
    """The purchases up to `today` by category number; categories in which nothing counts are left out.

    Weights are 1 for an organic purchase, `task_weight` where a task led to it; one that was cancelled in time, within
    `cancel_days` or the category's cooling-off days, has none and is no occasion (domain model §3).
    """
    if not past.holdings_read:
        return {}
    counted: dict[int, list[Occasion]] = {}
    kept: dict[int, int] = {}
    columns = ("category", "day", "amount", "weight", "cancelled")
    for category, day, amount, weight, cancelled in zip(
        *(past.purchases[name].tolist() for name in columns), strict=True
    ):
        kept[category] = kept.get(category, 0) + 1
        if day > today or _undone(day, cancelled, max(policy.cancel_days, categories.cooling_off.item(category)), today):
            continue
        worth = policy.task_weight if weight == _TASK else 1.0
        counted.setdefault(category, []).append((day, max(amount, 0), worth))
    read: dict[int, Purchases] = {}
    for category, first_day, count in past.heads[["category", "first_day", "count"]].tolist():
        ...
    return read
