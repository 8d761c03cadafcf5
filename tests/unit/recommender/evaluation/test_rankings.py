"""What is asked for, one ranking a customer or a purchase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.evaluation.dataset import DAY_US
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


def test_the_first_occasion_is_the_first_day_on_which_something_of_the_truth_was_bought() -> None:
    day = DAY_US
    bought = marks(
        (0, 1, 3 * day), (0, 2, 3 * day + 9), (0, 3, 4 * day), (0, 1, 5 * day), (1, 4, 9 * day), (1, 3, 8 * day)
    )
    rankings = Rankings.of(bought, items=ITEMS, by_purchase=False)
    assert rankings.of_first_occasion().toarray().tolist() == [[0, 1, 1, 0, 0], [0, 0, 0, 1, 0]]
    allowed = rankings.truth.copy()
    allowed.data = (allowed.indices != 3).astype(np.float64)
    allowed.eliminate_zeros()
    kept = replace(rankings, truth=allowed).where(np.array([False, True]))
    assert kept.of_first_occasion().toarray().tolist() == [[0, 0, 0, 0, 1]]


def test_a_purchase_that_is_a_ranking_is_one_occasion() -> None:
    rankings = Rankings.of(BOUGHT, items=ITEMS, by_purchase=True)
    assert rankings.of_first_occasion() is rankings.truth
