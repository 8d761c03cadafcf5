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
    newest: int = -1  # day of the last purchase that counts
    dropped: int = 0  # purchases that the state no longer keeps, each an occasion
    first_day: int = -1  # day of the first purchase of all, where some were dropped

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
    """The purchases up to `today` by category number; categories in which none counts are left out.

    A purchase weighs 1, or `task_weight` where a task led to it, or 0 where it was cancelled in time: within
    `cancel_days` or the category's cooling-off days (domain model §3). An occasion of weight 0 does not count.
    """
    if not past.holdings_read:
        return {}
    kept: dict[int, int] = {}
    bought: dict[int, list[tuple[int, int, float]]] = {}
    columns = ("category", "day", "amount", "weight", "cancelled")
    rows = zip(*(past.purchases[name].tolist() for name in columns), strict=True)
    for category, day, amount, weight, cancelled in rows:
        kept[category] = kept.get(category, 0) + 1
        if day <= today:
            grace = max(policy.cancel_days, categories.cooling_off.item(category))
            undone = 0 <= cancelled <= min(day + grace, today)
            worth = 0.0 if undone else policy.task_weight if weight == _TASK else 1.0
            bought.setdefault(category, []).append((day, max(amount, 0), worth))
    read: dict[int, Purchases] = {}
    heads = zip(*(past.heads[name].tolist() for name in ("category", "first_day", "count")), strict=True)
    dropped = {c: (count - kept.get(c, 0), first) for c, first, count in heads if count > kept.get(c, 0) > 0}
    for category, purchases in bought.items():
        counted = [occasion for occasion in occasions(purchases, policy.merge_days) if occasion[2] > 0]
        if counted or category in dropped:
            newest = max((day for day, _, weight in purchases if weight > 0), default=-1)
            read[category] = Purchases(counted, newest, *dropped.get(category, (0, -1)))
    return read
