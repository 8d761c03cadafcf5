"""Shares by group whose intervals know that what one customer does is not independent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recommender.evaluation.wilson import WilsonInterval
from recommender.training_data import Floats, Ints
from service.reports.metric import Metric

Z = 1.96
_NOTHING_SEEN = -float(np.log(0.025))  # events of a Poisson count of which none was seen


_MOST = 0.8
"""Of an amount of which one customer has more than this share, the whole tells what that customer has."""


class Counted(NamedTuple):
    """What a tally counts: the name of the metric, how it is attributed, over which days, its unit, whether money."""

    name: str
    attribution: str
    days: int | str | None = None
    unit: str = "share"
    is_money: bool = False


class Tally:
    """Sums over customers of what counts (x) and of what it is counted of (y), by group; pages of whole customers.

    The variance of Σx/Σy is that of a ratio of customers' totals (delta method: Cochran 1977, §6). A share has Wilson's
    interval of as many independent rows as have that variance, and never more than there are; at 0 and 1, where no
    variance is seen, of one row a customer. A mean has the normal interval, none of fewer than two customers; where
    nothing at all was counted per customer, it is up to what as many would show none of in one bank out of forty.

    The customers of a metric are those that y is counted of. Of money they are those of x or of y, whichever are fewer
    but for nobody, and one alone where nearly all of either is one customer's.
    """

    def __init__(self, counted: Counted, groups: Sequence[Mapping[str, str]]) -> None:
        self.counted, self.groups = counted, groups
        self.sums = np.zeros((6, len(groups)))
        self._money = np.zeros((2, 3, len(groups)))  # of x and of y: whose it is, how much, the most of one customer

    def add(self, customers: int, customer: Ints, group: Ints, x: Floats, y: Floats) -> None:
        """Count rows of a page of so many customers, numbered from 0; a group of -1 is counted nowhere."""
        some, size = group >= 0, len(self.groups)
        cell = customer[some] * size + group[some]
        xs, ys = (np.bincount(cell, of[some], customers * size).reshape(customers, size) for of in (x, y))
        self.sums += np.stack([of.sum(axis=0) for of in (xs, ys, xs * xs, xs * ys, ys * ys, ys != 0)])
        if self.counted.is_money and customers:
            for kept, of in zip(self._money, (np.abs(xs), np.abs(ys)), strict=True):
                kept[:2] += (of != 0).sum(axis=0), of.sum(axis=0)
                np.maximum(kept[2], of.max(axis=0), out=kept[2])

    def metrics(self) -> list[Metric]:
        """One a group, in their order; a group of which nothing is known has 0 of 0 and no value."""
        return [self._metric(number) for number in range(len(self.groups))]

    def _metric(self, number: int) -> Metric:
        x, y, xx, xy, yy, customers = (float(one) for one in self.sums[:, number])
        value = x / y if y else None
        low, high, method = None, None, "none"
        if value is not None and self.counted.unit == "share":
            alone = yy == y == customers  # one row a customer
            variance = _variance(value, (xx, xy, yy), y, customers)
            rows = y if alone else _independent(value, y, customers, variance)
            low, high = (min(max(float(one), 0.0), 1.0) for one in WilsonInterval.of(value * rows, rows))
            method = "wilson" if alone else "wilson_clustered"
        elif value is not None and customers > 1:
            half = Z * float(np.sqrt(_variance(value, (xx, xy, yy), y, customers)))
            low, high, method = value - half, value + half, "normal_clustered"
            if not x and self.counted.unit == "per customer":
                low, high = 0.0, _NOTHING_SEEN / y
        name, attribution, days, unit, is_money = self.counted
        people = self._owners(number) if is_money else int(customers)
        return Metric(name, self.groups[number], x, y, value, low, high, method, attribution, days, unit, people)

    def _owners(self, number: int) -> int:
        sides = self._money[:, :, number].tolist()
        return min((1 if most > _MOST * total else int(whose) for whose, total, most in sides if whose), default=0)


def _variance(ratio: float, squares: tuple[float, float, float], y: float, customers: float) -> float:
    xx, xy, yy = squares
    return max(xx - 2 * ratio * xy + ratio * ratio * yy, 0.0) / y**2 * customers / max(customers - 1, 1)


def _independent(share: float, y: float, customers: float, variance: float) -> float:
    """How many independent rows tell as much as y rows of so many customers."""
    if not variance or share in {0.0, 1.0}:
        return min(customers, y)
    return min(max(share * (1 - share) / variance, 1.0), y)
