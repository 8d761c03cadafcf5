"""Pairs of a hit and a miss that a score has in order."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.ordered_pairs import OrderedPairs
from recommender.training_data import Floats, Ints


def drawn(seed: int, rows: int = 60) -> tuple[Floats, Floats, Floats, Ints]:
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 8, rows) / 8.0  # many ties
    return (
        score,
        rng.integers(0, 3, rows).astype(float),
        rng.integers(0, 4, rows).astype(float),
        rng.integers(0, 3, rows),
    )


def by_hand(score: Floats, hits: Floats, misses: Floats, group: Ints) -> float:
    found = pairs = 0.0
    for one in range(len(score)):
        for other in range(len(score)):
            if group[one] == group[other]:
                weight = hits[one] * misses[other]
                pairs += weight
                found += weight * (0.5 + 0.5 * np.sign(score[one] - score[other]))
    return found / pairs


@pytest.mark.parametrize("seed", range(5))
def test_every_pair_of_a_group_counts_once_and_ties_half(seed: int) -> None:
    columns = drawn(seed)
    assert OrderedPairs.of(*columns).share == pytest.approx(by_hand(*columns), abs=1e-12)


def test_the_pull_is_what_more_weight_of_an_entry_changes() -> None:
    score, hits, misses, group = drawn(7)
    found = OrderedPairs.of(score, hits, misses, group)
    for place in range(0, 60, 7):
        weight = np.ones(60)
        weight[place] += 1e-6
        moved = OrderedPairs.of(score, hits * weight, misses * weight, group).share
        assert (moved - found.share) / 1e-6 == pytest.approx(found.pull[place], abs=1e-5)


def test_pulls_add_up_to_nothing() -> None:
    assert OrderedPairs.of(*drawn(3)).pull.sum() == pytest.approx(0.0, abs=1e-12)


def test_a_score_that_only_tells_groups_apart_orders_nothing_within_them() -> None:
    _, hits, misses, group = drawn(1)
    assert OrderedPairs.of(group.astype(float), hits, misses, group).share == pytest.approx(0.5)


@pytest.mark.parametrize("hits", [np.zeros(4), np.ones(4)])
def test_without_a_pair_the_share_is_not_known(hits: Floats) -> None:
    found = OrderedPairs.of(np.arange(4.0), hits, 1 - hits, np.zeros(4, np.int64))
    assert np.isnan(found.share)
    assert not found.pull.any()


def test_no_entries_are_no_pairs() -> None:
    none = np.empty(0)
    assert np.isnan(OrderedPairs.of(none, none, none, none.astype(np.int64)).share)
