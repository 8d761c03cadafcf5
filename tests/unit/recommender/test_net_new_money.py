"""Money that only moved from one category to another is not new."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.net_new_money import Movements, net_new_money

FAMILY = np.array([0, 0, 0, 1])


def net(*moves: tuple[int, int, int, int]) -> list[list[float]]:
    """From (customer, category, day, amount), in the order of time within a customer."""
    columns = (np.array(column, dtype=np.int64) for column in zip(*moves, strict=True))
    left = net_new_money(Movements(*columns), family=FAMILY)
    found = np.zeros((2, len(FAMILY)))
    np.add.at(found, (left.customer, left.category), left.amount)
    assert left.amount.all()
    return found.tolist()


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([(0, 0, 10, 500)], [500, 0, 0, 0]),
        ([(0, 0, 10, -500), (0, 1, 12, 500)], [0, 0, 0, 0]),
        ([(0, 0, 10, -500), (0, 1, 12, 800)], [0, 300, 0, 0]),
        ([(0, 0, 10, -500), (0, 1, 18, 500)], [-500, 500, 0, 0]),
        ([(0, 0, 10, -500), (0, 3, 12, 500)], [-500, 0, 0, 500]),
        ([(0, 1, 9, 500), (0, 0, 10, -500)], [-500, 500, 0, 0]),
        ([(0, 0, 10, -500), (0, 0, 12, 500)], [0, 0, 0, 0]),
        ([(0, 0, 10, -300), (0, 1, 11, -300), (0, 2, 12, 400)], [0, -200, 0, 0]),
    ],
)
def test_what_left_first_comes_in_first(moves: list[tuple[int, int, int, int]], expected: list[float]) -> None:
    assert net(*moves)[0] == expected


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([(0, 0, 10, -500), (0, 0, 10, 500)], [0, 0, 0, 0]),
        ([(0, 0, 10, -500), (0, 0, 12, 800)], [0, 0, 0, 0]),
        ([(0, 0, 10, -500), (0, 0, 12, 300)], [-200, 0, 0, 0]),
        ([(0, 0, 10, 500)], [0, 0, 0, 0]),
        ([(0, 1, 10, -500), (0, 0, 12, 500)], [0, -500, 0, 0]),
        ([(0, 0, 10, -500), (0, 0, 18, 500)], [-500, 0, 0, 0]),
    ],
)
def test_a_renewal_takes_back_its_own_maturity_and_is_no_new_money(
    moves: list[tuple[int, int, int, int]], expected: list[float]
) -> None:
    columns = [np.array(column, dtype=np.int64) for column in zip(*moves, strict=True)]
    left = net_new_money(Movements(*columns, renewal=columns[3] > 0), family=FAMILY)
    assert np.bincount(left.category, left.amount, len(FAMILY)).tolist() == expected


def test_customers_do_not_fund_each_other() -> None:
    assert net((0, 0, 10, -500), (1, 1, 11, 500)) == [[-500, 0, 0, 0], [0, 500, 0, 0]]
