"""What is asked for, one ranking a customer or a purchase."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.rankings import Rankings
from tests.unit.recommender.evaluation.tiny import ITEMS, marks

BOUGHT = marks((2, 0, 5), (0, 1, 7), (2, 3, 9), (2, 3, 9))


def test_a_customer_is_one_ranking_with_every_product_bought() -> None:
    rankings = Rankings.of(BOUGHT, items=ITEMS, by_purchase=False)
    assert rankings.customer.tolist() == [0, 2]
    assert rankings.truth.toarray().tolist() == [[0, 1, 0, 0, 0], [1, 0, 0, 1, 0]]


def test_by_purchase_each_time_of_a_customer_is_a_ranking_with_its_own_eligible_products() -> None:
    eligible = marks((2, 0, 5), (2, 4, 5), (2, 3, 9), (1, 1, 9), (0, 2, 6))
    rankings = Rankings.of(BOUGHT, items=ITEMS, by_purchase=True, eligibility=eligible)
    assert rankings.customer.tolist() == [0, 2, 2]
    assert rankings.eligible is not None
    assert rankings.eligible.toarray().tolist() == [[0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [0, 0, 0, 1, 0]]


def test_the_mask_keeps_truth_and_eligibility_together() -> None:
    eligible = marks((2, 0, 5))
    rankings = Rankings.of(BOUGHT, items=ITEMS, by_purchase=True, eligibility=eligible).where(
        np.array([False, True, False])
    )
    assert rankings.eligible is not None
    assert rankings.truth.toarray().tolist() == rankings.eligible.toarray().tolist() == [[1, 0, 0, 0, 0]]


def test_without_a_purchase_there_is_no_ranking() -> None:
    assert len(Rankings.of(marks(), items=ITEMS, by_purchase=False)) == 0
