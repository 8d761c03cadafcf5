"""Net new money of every customer in every category, with what only moved from one category to another left out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from recommender.training_data import Floats, Ints

ROLL_DAYS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Movements:
    """Money into (+) and out of (-) categories in minor units, one entry each, in the order of time."""

    customer: Ints
    category: Ints
    day: Ints
    amount: Ints


def net_new_money(moved: Movements, *, customers: int, family: Ints, roll_days: int = ROLL_DAYS) -> Floats:
    """Minor units per customer and category, what came in less what went out.

    Money that left a category and entered another one of the same family within `roll_days`, first out first in,
    counts in neither (domain.md §11).
    """
    left = moved.amount.astype(np.int64).copy()
    for start, stop in _turning(moved, family):
        _match(moved, left, (start, stop), family, roll_days)
    net = np.zeros((customers, len(family)))
    np.add.at(net, (moved.customer, moved.category), left)
    return net


def _turning(moved: Movements, family: Ints) -> list[tuple[int, int]]:
    """Where each customer's entries stand, of those customers who have money in and money out."""
    edges = np.flatnonzero(np.diff(moved.customer, prepend=-1, append=-1))
    both = [
        (start, stop)
        for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if (moved.amount[start:stop] < 0).any() and (moved.amount[start:stop] > 0).any()
    ]
    return both if len(family) else []


def _match(moved: Movements, left: Ints, span: tuple[int, int], family: Ints, roll_days: int) -> None:
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
            if moved.category[out] != category:
                rolled = min(left[place], -left[out])
                left[place] -= rolled
                left[out] += rolled
