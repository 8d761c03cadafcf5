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
_ROUNDING = 1e-6
_OF_IT = frozenset({"share", "per customer"})
"""Units in which x is part of y, one a customer at the most."""


class Counted(NamedTuple):
    """What a tally counts: the name of the metric, how it is attributed, over which days, its unit, whether money.

    `beside` is how many other columns are told by the way: what a reader has by subtracting another metric.
    """

    name: str
    attribution: str
    days: int | str | None = None
    unit: str = "share"
    is_money: bool = False
    beside: int = 0


class Tally:
    """Sums over customers of what counts (x) and of what it is counted of (y), by group; pages of whole customers.

    The variance of Σx/Σy is that of a ratio of customers' totals (delta method: Cochran 1977, §6). A share has Wilson's
    interval of as many independent rows as have that variance, and never more than there are; at 0 and 1, where no
    variance is seen, of one row a customer. A mean has the normal interval, none of fewer than two customers; where
    nothing at all was counted per customer, it is up to what as many would show none of in one bank out of forty.

    The customers of a metric are those that y is counted of. Its sides are how many have a part in y, in x, in what is
    missing to y where x is of it, and in each column beside; of money one alone where nearly all is that customer's.
    """

    def __init__(self, counted: Counted, groups: Sequence[Mapping[str, str]]) -> None:
        self.counted, self.groups = counted, groups
        self.sums = np.zeros((6, len(groups)))
        self._sides = np.zeros((3, 3 + counted.beside, len(groups)))  # whose it is, how much, the most of one customer

    def add(self, customers: int, customer: Ints, group: Ints, x: Floats, y: Floats, *beside: Floats) -> None:
        """Count rows of a page of so many customers, numbered from 0; a group of -1 is counted nowhere."""
        some, size = group >= 0, len(self.groups)
        cell = customer[some] * size + group[some]
        xs, ys, *others = (
            np.bincount(cell, of[some], customers * size).reshape(customers, size) for of in (x, y, *beside)
        )
        self.sums += np.stack([of.sum(axis=0) for of in (xs, ys, xs * xs, xs * ys, ys * ys, ys != 0)])
        missing = np.maximum(ys - xs, 0.0) if self.counted.unit in _OF_IT else np.zeros_like(xs)
        sides = np.abs(np.stack([ys, xs, missing, *others]))
        self._sides[:2] += (sides > _ROUNDING).sum(axis=1), sides.sum(axis=1)
        np.maximum(self._sides[2], sides.max(axis=1, initial=0.0), out=self._sides[2])

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
        name, attribution, days, unit = self.counted[:4]
        told = (name, self.groups[number], x, y, value, low, high, method, attribution, days, unit, int(customers))
        return Metric(*told, sides=tuple(self._owners(*side) for side in self._sides[:, :, number].T.tolist()))

    def _owners(self, whose: float, total: float, most: float) -> int:
        return 1 if whose and self.counted.is_money and most > _MOST * total else int(whose)


def _variance(ratio: float, squares: tuple[float, float, float], y: float, customers: float) -> float:
    xx, xy, yy = squares
    return max(xx - 2 * ratio * xy + ratio * ratio * yy, 0.0) / y**2 * customers / max(customers - 1, 1)


def _independent(share: float, y: float, customers: float, variance: float) -> float:
    """How many independent rows tell as much as y rows of so many customers."""
    if not variance or share in {0.0, 1.0}:
        return min(customers, y)
    return min(max(share * (1 - share) / variance, 1.0), y)
