"""Measures of a ranking, against hand-computed values."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from recommender.evaluation.measures import Measures


def measured(places: list[int], total: int, k: int) -> Measures:
    return Measures.of(np.zeros(len(places), np.int64), np.array(places), np.array([total]), k)


def test_average_precision_divides_by_what_could_have_been_hit() -> None:
    # Hits at 1 and 3 of three bought, K = 5: (1/1 + 2/3) / min(5, 3).
    assert measured([3, 1, 9], 3, 5).map[0] == pytest.approx((1 + 2 / 3) / 3)
    # K = 2 and four bought: (1/1) / min(2, 4).
    assert measured([1, 5, 6, 7], 4, 2).map[0] == pytest.approx(1 / 2)


def test_the_ideal_of_ndcg_has_as_many_hits_as_fit() -> None:
    ideal = 1 + 1 / log2(3) + 1 / log2(4)
    assert measured([3, 1, 9], 3, 5).ndcg[0] == pytest.approx((1 + 1 / log2(4)) / ideal)
    assert measured([1, 2, 8], 3, 2).ndcg[0] == pytest.approx(1.0)


def test_hits_recall_and_the_reciprocal_rank_of_the_whole_list() -> None:
    found = measured([4, 20], 2, 5)
    assert (found.hr1[0], found.hr[0], found.recall[0], found.mrr[0]) == (0.0, 1.0, 0.5, 0.25)
    beyond = measured([20], 1, 5)
    assert (beyond.hr[0], beyond.map[0], beyond.mrr[0]) == (0.0, 0.0, 1 / 20)


def test_what_is_no_candidate_counts_as_never_found() -> None:
    found = measured([0, 1], 2, 5)
    assert (found.recall[0], found.map[0]) == (0.5, 0.5)
    assert measured([0], 1, 5).mrr[0] == 0.0


def test_rankings_are_measured_apart_and_in_their_order() -> None:
    found = Measures.of(np.array([1, 0, 1]), np.array([2, 1, 1]), np.array([1, 2, 1]), 3)
    assert found.map.tolist() == [1.0, 1.0, 0.0]
    assert found.means()["recall"] == pytest.approx(2 / 3)


def test_parts_are_joined_in_order_and_none_at_all_means_0() -> None:
    joined = Measures.joined([measured([1], 1, 3), measured([9], 1, 3)])
    assert joined.hr.tolist() == [1.0, 0.0]
    assert set(Measures.joined([]).means().values()) == {0.0}
