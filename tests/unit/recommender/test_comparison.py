"""Gains by customer and their differences."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.comparison import difference, gains, group_masks
from recommender.features import NAMES
from recommender.ranking_rows import RankingRows


def rows_of(customer: list[int], item: list[int], truth: list[int], popularity: list[float]) -> RankingRows:
    block = np.zeros((len(item), len(NAMES)), np.float32)
    block[:, NAMES.index("popularity")] = popularity
    count = max(customer) + 1
    told = np.array(truth, np.bool_), np.array(customer), np.array(item)
    return RankingRows(block, *told, np.zeros(count), np.arange(4), np.arange(count))


ROWS = rows_of([0, 0, 0, 1, 1, 2], [0, 1, 2, 0, 1, 3], [0, 1, 0, 1, 1, 0], [3, 2, 1, 3, 2, 0])


def test_gains_are_those_of_customers_with_something_to_find() -> None:
    found = gains(ROWS, np.array([0.0, 1, 2, 1, 2, 5]))
    assert found.customer.tolist() == [0, 1]
    assert found.ndcg == pytest.approx([1 / np.log2(3), 1])
    assert found.recall.tolist() == [1, 1]
    assert found.coverage == 1


def test_equal_scores_are_ordered_by_popularity_and_what_is_no_number_sinks() -> None:
    assert gains(ROWS, np.zeros(6)).ndcg[0] == pytest.approx(1 / np.log2(3))
    assert gains(ROWS, np.array([np.nan, 0, np.nan, 0, 0, 0])).ndcg[0] == 1


def test_the_difference_of_the_same_is_nothing_and_of_a_better_one_is_sure() -> None:
    one = np.random.default_rng(0).random(400)
    assert difference(one, one) == (0, 0, 0)
    better = difference(one + 0.1, one)
    assert better == pytest.approx((0.1, 0.1, 0.1))
    assert difference(one[:0], one[:0]) == (0, 0, 0)


def test_groups_divide_the_customers() -> None:
    masks = group_masks(np.array([0, 1, 2, 3, 9, 10, 500]))
    assert {name: int(mask.sum()) for name, mask in masks.items()} == {"0": 1, "1-2": 2, "3-9": 2, "10+": 2}
