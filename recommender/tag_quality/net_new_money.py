"""Net new money of customers in categories, with what only moved from one category to another left out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from recommender.training_data import Bools, Ints

ROLL_DAYS = 7


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Movements:
    """Money into (+) and out of (-) categories in minor units, one entry each, in the order of time.

    `renewal` says of which entries it is known that their money only stayed; empty: of none.
    """

    customer: Ints = field(default_factory=_none)
    category: Ints = field(default_factory=_none)
    day: Ints = field(default_factory=_none)
    amount: Ints = field(default_factory=_none)
    renewal: Bools = field(default_factory=lambda: np.empty(0, np.bool_))


def net_new_money(moved: Movements, *, family: Ints, roll_days: int = ROLL_DAYS) -> Movements:
    """The movements with what is left of each; those of which nothing is left are left out.

    Money that left a category and entered another one of the same family within `roll_days`, first out first in,
    counts in neither (domain.md §11). A renewal is no new money, and what left its own category for it never left.
    """
    left = moved.amount.astype(np.int64).copy()
    stayed = moved.renewal if len(moved.renewal) else np.zeros(len(left), np.bool_)
    for start, stop in _turning(moved):
        _match(moved, left, (start, stop), (family, stayed), roll_days)
    some = (left != 0) & ~stayed
    return Movements(moved.customer[some], moved.category[some], moved.day[some], left[some])


def _turning(moved: Movements) -> list[tuple[int, int]]:
    """Where each customer's entries stand, of those customers who have money in and money out."""
    edges = np.flatnonzero(np.diff(moved.customer, prepend=-1, append=-1))
    return [
        (start, stop)
        for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if (moved.amount[start:stop] < 0).any() and (moved.amount[start:stop] > 0).any()
    ]


def _match(moved: Movements, left: Ints, span: tuple[int, int], of: tuple[Ints, Bools], roll_days: int) -> None:
    family, stayed = of
    gone: dict[int, deque[int]] = {}
    for place in range(*span):
        category, day = int(moved.category[place]), int(moved.day[place])
        queue = gone.setdefault(int(family[category]), deque())
        if left[place] < 0:
            queue.append(place)
            continue
        while queue and day - moved.day[queue[0]] > roll_days:
            queue.popleft()
        for out in queue:
            if (moved.category[out] == category) == stayed[place]:
                rolled = min(left[place], -left[out])
                left[place] -= rolled
                left[out] += rolled
