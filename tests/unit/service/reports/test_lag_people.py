"""Of a curve that is told nobody learns what fewer than ten customers did between two of its days."""

from __future__ import annotations

import numpy as np
import pytest

from service.reports._lag_people import people_by, sides_of
from service.reports._suppression import MIN_CUSTOMERS

DAYS = np.array([0, 1, 3, 7, 14, 30])
NEVER = 31


@pytest.mark.parametrize("seed", range(40))
def test_between_two_days_that_are_told_nobody_was_funded_or_enough_customers_were(seed: int) -> None:
    chance = np.random.default_rng(seed)
    size = int(chance.integers(1, 150))
    customer, lag = chance.integers(0, 60, size), chance.choice([0, 1, 2, 5, 9, 20, NEVER, NEVER], size)
    left = np.where(lag == NEVER, chance.choice([0, 1, 2, 4, 9, 20, NEVER], size), NEVER)
    (found,) = people_by(DAYS, (customer, np.zeros(size, dtype=np.int64), lag, left), 1)
    told = [
        (int(day), sides)
        for day, sides in zip(DAYS, sides_of(found), strict=True)
        if not any(0 < side < MIN_CUSTOMERS for side in sides)
    ]
    for (first, _), (last, sides) in zip([(-1, ()), *told], told, strict=False):
        grown = set(customer[(lag > first) & (lag <= last)].tolist())
        assert not 0 < len(grown) < MIN_CUSTOMERS
        gone = set(customer[(left >= first) & (left < last)].tolist())
        assert not 0 < len(gone) < MIN_CUSTOMERS
        assert sides[:3] == tuple(len(set(customer[rows].tolist())) for rows in (lag >= 0, lag <= last, lag > last))


def test_who_was_funded_on_two_days_is_counted_on_both_and_by_group() -> None:
    customer, group, lag = np.array([0, 0, 1]), np.array([1, 1, 0]), np.array([0, 5, NEVER])
    found = people_by(DAYS, (customer, group, lag, np.array([NEVER, NEVER, 2])), 2)
    assert found[0].tolist() == [[1] * 6, [0] * 6, [1] * 6, [0] * 6, [0, 0, 1, 0, 0, 0]]
    assert found[1].tolist() == [[1] * 6, [1] * 6, [1, 1, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0], [0] * 6]
