"""The split by order."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.basket import basket
from tests.unit.recommender.evaluation.tiny import dataset, marks

BASKETS = marks((0, 0, 0), (0, 1, 1), (0, 2, 1), (1, 3, 0), (1, 4, 5), (2, 0, 0))


def test_the_last_basket_of_the_test_customers_is_asked_for_and_the_rest_is_history() -> None:
    split = basket(dataset(BASKETS, clocked=False), np.array([0]))
    assert split.rankings.customer.tolist() == [0]
    assert split.rankings.truth.toarray().tolist() == [[0, 1, 1, 0, 0]]
    assert split.before.purchases.item.tolist() == [0, 3, 4, 0]


def test_a_test_customer_without_a_basket_is_not_ranked_for() -> None:
    assert basket(dataset(BASKETS, clocked=False), np.array([3])).rankings.customer.tolist() == []


def test_a_test_customer_with_one_basket_has_no_history() -> None:
    split = basket(dataset(BASKETS, clocked=False), np.array([2]))
    assert 2 not in split.before.purchases.customer
