"""The split by time."""

from __future__ import annotations

from recommender.evaluation.window import window
from tests.unit.recommender.evaluation.tiny import END, START, dataset, marks

PURCHASES = marks((0, 0, 99), (0, 1, 100), (0, 2, 199), (1, 3, 200), (3, 4, 120))


def test_those_who_bought_inside_the_window_are_ranked_for() -> None:
    split = window(dataset(PURCHASES), START, END)
    assert split.rankings.customer.tolist() == [0, 3]
    assert split.rankings.truth.toarray().tolist() == [[0, 1, 1, 0, 0], [0, 0, 0, 0, 1]]
    assert split.before.purchases.time.tolist() == [99]


def test_eligibility_at_the_purchases_own_time_makes_the_purchase_the_unit() -> None:
    eligibility = marks((0, 1, 100), (0, 2, 100), (0, 2, 199))
    rankings = window(dataset(PURCHASES, eligibility=eligibility), START, END).rankings
    assert rankings.customer.tolist() == [0, 0, 3]
    assert rankings.eligible is not None
    assert rankings.eligible.toarray().tolist() == [[0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]


def test_eligibility_at_the_split_limits_the_customer() -> None:
    eligibility = marks((3, 4, 100), (3, 0, 150), (0, 3, 50))
    rankings = window(dataset(PURCHASES, eligibility=eligibility), START, END).rankings
    assert rankings.customer.tolist() == [0, 3]
    assert rankings.eligible is not None
    assert rankings.eligible.toarray().tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 0, 1]]


def test_a_purchase_cancelled_inside_the_window_is_no_truth() -> None:
    rankings = window(dataset(PURCHASES, undone={1: 150, 4: 250}), START, END).rankings
    assert rankings.truth.toarray().tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]
