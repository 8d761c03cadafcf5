"""Ranked lists from scores."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.ordered import Ordered

TIE_ORDER = np.array([2, 0, 1, 3])
EVERYTHING = np.ones((1, 4), np.bool_)


def test_equal_scores_go_by_the_order_of_ties() -> None:
    ordered = Ordered.of(np.array([[1.0, 5.0, 1.0, 1.0]]), EVERYTHING, TIE_ORDER)
    assert ordered.top(3).tolist() == [[1, 2, 0]]
    assert ordered.places(np.zeros(4, np.int64), np.arange(4)).tolist() == [3, 1, 2, 4]


def test_what_is_no_candidate_has_no_place_and_leaves_a_gap_at_the_end() -> None:
    candidates = np.array([[False, True, True, True]])
    ordered = Ordered.of(np.array([[9.0, 1.0, np.nan, 2.0]]), candidates, TIE_ORDER)
    assert ordered.top(4).tolist() == [[3, 1, -1, -1]]
    assert ordered.places(np.zeros(4, np.int64), np.arange(4)).tolist() == [0, 2, 0, 1]


def test_top_and_places_agree_with_a_full_sort_under_many_ties() -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 4, (30, 40)).astype(np.float64)
    candidates = rng.random((30, 40)) < 0.7
    tie_order = rng.permutation(40)
    ordered = Ordered.of(scores, candidates, tie_order)
    top = ordered.top(10)
    for row in range(30):
        position = np.argsort(tie_order)
        wanted = sorted(np.flatnonzero(candidates[row]), key=lambda item: (-scores[row, item], position[item]))
        assert top[row].tolist() == wanted[:10]
        places = ordered.places(np.full(len(wanted), row), np.array(wanted))
        assert places.tolist() == list(range(1, len(wanted) + 1))


def test_a_list_longer_than_the_catalogue_is_the_catalogue() -> None:
    assert Ordered.of(np.zeros((2, 4)), np.ones((2, 4), np.bool_), TIE_ORDER).top(9).tolist() == [[2, 0, 1, 3]] * 2
