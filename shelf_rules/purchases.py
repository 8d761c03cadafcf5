"""Purchases as they count on one day: cancelled ones never happened, close ones are one occasion."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Categories
from shelf_rules.facts import Past
from shelf_rules.formulas import Occasion, occasions
from shelf_rules.policy import FixedPolicy


class Purchases(NamedTuple):
    """What counts of the purchases of one category; days are whole days."""

    occasions: list[Occasion]  # of the purchases still kept, in the order of their days
    times: int  # occasions, each purchase that is no longer kept being one
    first: float  # day of the first occasion
    last: float  # day of the last occasion
    newest: int  # day of the last purchase


NEVER = Purchases([], 0, UNKNOWN, UNKNOWN, UNKNOWN)

_NO_AMOUNT = 0  # no evidence asks how much an occasion was worth
_Bought = tuple[int, int, float]  # day, amount, weight


def read_purchases(past: Past, policy: FixedPolicy, categories: Categories, *, today: int) -> dict[int, Purchases]:
    """The purchases up to `today` by category number, without categories in which none counts.

    A purchase weighs 1, or `task_weight` where a task led to it, or 0 where it was cancelled in time: within
    `cancel_days` or the category's cooling-off days (domain model §3). An occasion of weight 0 does not count.
    """
    if not past.holdings_read:
        return {}
    worth = (policy.task_weight, 1.0)  # by weight class
    known, bought = len(categories), dict[int, list[_Bought]]()
    columns = [past.purchases[name].tolist() for name in ("category", "day", "weight", "cancelled")]
    for category, day, weight, cancelled in zip(*columns, strict=True):
        if day > today or not 0 <= category < known:  # a category newer than this catalogue waits for the next
            continue
        weighs = worth[weight]
        if UNKNOWN < cancelled <= today and cancelled - day <= _grace(policy, categories, category):
            weighs = 0.0
        purchase = (day, _NO_AMOUNT, weighs)
        if category in bought:
            bought[category].append(purchase)
        else:
            bought[category] = [purchase]
    dropped = _dropped(past, bought)
    read = {c: _counted(purchases, policy, *dropped.get(c, (0, UNKNOWN))) for c, purchases in bought.items()}
    return {category: purchases for category, purchases in read.items() if purchases.times}


def _grace(policy: FixedPolicy, categories: Categories, category: int) -> int:
    return max(policy.cancel_days, categories.cooling_off.item(category))


def _counted(purchases: list[_Bought], policy: FixedPolicy, dropped: int, first_day: int) -> Purchases:
    merged = [occasion for occasion in occasions(purchases, policy.merge_days) if occasion[2] > 0]
    if not merged:
        return Purchases([], dropped, first_day, first_day, first_day)
    first = first_day if dropped else merged[0][0]
    newest = max(day for day, _, weight in purchases if weight > 0)
    return Purchases(merged, len(merged) + dropped, first, merged[-1][0], newest)


def _dropped(past: Past, bought: dict[int, list[_Bought]]) -> dict[int, tuple[int, int]]:
    """Purchases that the state no longer keeps, by category: how many, and the day of the first of all."""
    dropped: dict[int, tuple[int, int]] = {}
    columns = [past.heads[name].tolist() for name in ("category", "first_day", "count")]
    for category, first_day, count in zip(*columns, strict=True):
        if category in bought and count > len(bought[category]):
            kept = np.count_nonzero(past.purchases["category"] == category)  # those after today are kept too
            if count > kept:
                dropped[category] = (count - kept, first_day)
    return dropped
