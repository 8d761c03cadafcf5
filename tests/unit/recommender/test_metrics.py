"""Ranking metrics by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.metrics import Metrics

POPULARITY = np.array([3.0, 2.0, 1.0, 0.0])


def metrics(scores: list[list[float]], truth: list[list[int]], k: int = 2) -> Metrics:
    return Metrics.of(np.array(scores), np.array(truth, np.bool_), POPULARITY, k)


def test_a_ranking_by_hand() -> None:
    found = metrics([[0.1, 0.4, 0.3, 0.2]], [[1, 0, 1, 0]], k=3)
    assert found.map == pytest.approx((1 / 2) / 2)
    assert found.ndcg == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))
    assert (found.hit_rate, found.hit_rate_1, found.mrr, found.recall, found.coverage) == (1, 0, 0.5, 0.5, 0.75)


def test_the_precision_is_shared_by_no_more_than_k_products() -> None:
    assert metrics([[4, 3, 2, 1]], [[1, 1, 1, 1]]).map == 1


def test_ties_break_by_popularity_then_row() -> None:
    assert metrics([[0, 0, 0, 0]], [[1, 0, 0, 0]]).hit_rate_1 == 1
    level = Metrics.of(np.zeros((1, 2)), np.array([[True, False]]), np.zeros(2), 1)
    assert level.hit_rate_1 == 1


def test_what_is_no_candidate_is_never_a_hit() -> None:
    found = metrics([[-np.inf, np.nan, 1, 1]], [[1, 1, 0, 0]], k=4)
    assert (found.map, found.mrr, found.recall) == (0, 0, 0)


def test_rankings_with_nothing_to_find_are_left_out() -> None:
    assert metrics([[4, 3, 2, 1], [4, 3, 2, 1]], [[1, 0, 0, 0], [0, 0, 0, 0]]).rankings == 1
    assert metrics([[4, 3, 2, 1]], [[0, 0, 0, 0]]) == Metrics(0, 0, 0, 0, 0, 0, 0, 0)
