"""The matrices that models learn from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recommender.evaluation.known import DAY_US, Known
from tests.unit.recommender.evaluation.tiny import START, dataset, marks, spells

OBSERVED = Known(
    dataset(
        marks((0, 1, 20), (1, 2, 20), (0, 3, 60)),
        snapshots=marks((0, 0, 10), (0, 0, 50), (0, 1, 50), (2, 4, 50), (0, 1, 100)),
    ).before(START),
    START,
)
BOUGHT = Known(dataset(marks((0, 1, 10), (0, 2, 20), (0, 3, 20), (0, 1, 30), (1, 4, 15))).before(START), START)


def rows(matrix: sparse.csr_matrix) -> list[list[int]]:
    return [sorted(matrix[row].indices.tolist()) for row in range(matrix.shape[0])]


def test_what_is_held_is_the_last_snapshot_and_nothing_older() -> None:
    assert rows(OBSERVED.held) == rows(OBSERVED.own) == [[1], [], [], []]


def test_whatever_was_held_or_bought_was_had() -> None:
    assert rows(OBSERVED.ever) == [[0, 1, 3], [2], [4], []]


def test_an_observation_and_the_purchases_until_the_next_are_one_row() -> None:
    states, bought = OBSERVED.steps
    assert rows(states) == [[0], [0, 1], [], [4]]
    assert rows(bought) == [[1], [3], [2], []]
    assert rows(OBSERVED.interactions) == [[0, 1], [0, 1, 3], [2], [4]]


def test_without_snapshots_each_purchase_follows_all_that_was_bought_before() -> None:
    states, bought = BOUGHT.steps
    assert rows(states) == [[], [1], [1, 2, 3], []]
    assert rows(bought) == [[1], [2, 3], [1], [4]]


def test_without_snapshots_a_customer_is_one_row_of_all_held_or_bought() -> None:
    known = Known(dataset(marks((0, 1, 10)), spells=spells((0, 2, 5, 8), (0, 3, 5, -1))).before(START), START)
    assert rows(known.own)[0] == rows(known.interactions)[0] == [1, 2, 3]
    assert rows(known.held)[0] == [3]
    assert rows(known.steps[0]) == [[2, 3]]


def test_counts_keep_how_often_and_flags_do_not() -> None:
    assert BOUGHT.counts[0, 1] == 2.0
    assert BOUGHT.bought[0, 1] == 1.0


def test_products_bought_on_a_day_are_counted_once_a_customer_and_day() -> None:
    day = DAY_US
    rows = marks((0, 1, 0), (0, 2, 5), (0, 2, 9), (0, 3, day), (1, 1, 0))
    assert Known(dataset(rows), 2 * day).per_occasion == 4 / 3
    assert Known(dataset(marks()), day).per_occasion == 1.0


def test_popularity_counts_every_purchase_and_the_window_only_the_last_days() -> None:
    known = Known(dataset(marks((0, 1, 0), (0, 1, 9 * DAY_US), (1, 2, 8 * DAY_US - 1))), 10 * DAY_US)
    assert known.popularity.tolist() == [0, 2, 1, 0, 0]
    assert known.popularity_since(2).tolist() == [0, 1, 0, 0, 0]


def test_ties_go_by_purchases_and_then_by_id() -> None:
    assert BOUGHT.tie_order.tolist() == [1, 2, 3, 4, 0]


@pytest.mark.parametrize("known", [OBSERVED, BOUGHT])
def test_every_matrix_but_the_counts_is_binary(known: Known) -> None:
    for matrix in (known.held, known.ever, known.own, known.interactions, *known.steps):
        assert np.all(matrix.data == 1.0)
