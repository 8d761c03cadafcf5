"""How many customers stand behind each day of a curve, and behind what it grows by from one day to the next."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Ints
from service.reports._suppression import MIN_CUSTOMERS

ALL, BY_DAY, NOT_BY_DAY, SINCE, LEFT = range(5)
_TOLD = (0, 1, 3, 7, 14, 30, 60)


def days_told(days: int) -> Ints:
    """On which of so many days a curve is told, the last one always."""
    return np.array(sorted({day for day in _TOLD if day < days} | {days - 1}), dtype=np.int64)


def people_by(days: Ints, clicks: tuple[Ints, Ints, Ints, Ints], groups: int) -> Ints:
    """[group, side, day] customers of some clicks: customer, group, days until it was funded, and until it was left.

    Either is beyond all days where that never was. The sides are all who clicked, those who were funded by the day,
    those who had a click that was not, those who were funded since the day before it of those given, and those of whom
    a click was left between the two, which the growth of the curve gives away.
    """
    customer, group, lag, left = clicks
    found = np.zeros((groups, 5, len(days)), dtype=np.int64)
    turn = np.searchsorted(days, lag)  # the first of the days by which it was funded
    gone = np.searchsorted(days, left, side="right")  # the first of the days on which it is at risk no more
    places, size = np.arange(len(days)), len(days) + 1
    for number in range(groups):
        own = group == number
        who, at = np.unique(customer[own], return_inverse=True)
        cells = np.bincount(at * size + turn[own], minlength=len(who) * size).reshape(len(who), size) > 0
        first, last = cells.argmax(axis=1), size - 1 - cells[:, ::-1].argmax(axis=1)
        found[number, ALL] = len(who)
        found[number, BY_DAY] = (first[:, None] <= places).sum(axis=0)
        found[number, NOT_BY_DAY] = (last[:, None] > places).sum(axis=0)
        found[number, SINCE] = cells[:, :-1].sum(axis=0)
        pairs = np.unique(at * size + gone[own])
        found[number, LEFT] = np.bincount(pairs % size, minlength=size)[:-1]
    return found


def sides_of(people: Ints) -> list[tuple[int, ...]]:
    """The sides of each day, the last one since the last day that is told: at least so many, and 0 only of nobody."""
    told: list[tuple[int, ...]] = []
    since = known = left = 0
    for everybody, by_day, not_by_day, new, gone in people.T.tolist():
        since, left = max(since, new, by_day - known), max(left, gone)
        sides = (everybody, by_day, not_by_day, since, left)
        told.append(sides)
        if not any(0 < side < MIN_CUSTOMERS for side in sides):
            since, known, left = 0, by_day, 0
    return told
