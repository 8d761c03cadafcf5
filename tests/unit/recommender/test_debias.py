"""What is taken off popular products, and what it costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from recommender.debias import LARGEST_LOSS, choose_strength, debiased, gini
from recommender.features import NAMES
from recommender.ranking_rows import RankingRows

CUSTOMERS, PRODUCTS = 400, 60


def rows_of(logits: np.ndarray, seed: int = 0) -> RankingRows:
    """Every customer with every product; bought at the odds of the logits."""
    rng = np.random.default_rng(seed)
    features = np.zeros((CUSTOMERS * PRODUCTS, len(NAMES)), np.float32)
    features[:, NAMES.index("popularity")] = np.tile(np.linspace(2, -2, PRODUCTS), CUSTOMERS)
    return RankingRows(
        features,
        rng.random(len(features)) < 1 / (1 + np.exp(-logits)),
        np.repeat(np.arange(CUSTOMERS), PRODUCTS),
        np.tile(np.arange(PRODUCTS), CUSTOMERS),
        np.full(CUSTOMERS, 3.0),
        np.arange(PRODUCTS),
    )


POPULARITY = np.tile(np.linspace(2, -2, PRODUCTS), CUSTOMERS)
TASTE = np.random.default_rng(7).normal(scale=3.0, size=len(POPULARITY))


def test_where_popularity_is_all_that_is_known_nothing_is_taken_off() -> None:
    strength, tried = choose_strength(rows_of(POPULARITY - 2), expit(0.4 * POPULARITY - 2))
    assert strength == 0
    assert tried[-1].recall < 0.5 * tried[0].recall


def test_the_strength_spreads_places_most_evenly_of_those_that_keep_the_recall() -> None:
    logits = TASTE + 0.2 * POPULARITY - 3
    strength, tried = choose_strength(rows_of(logits), expit(logits))
    allowed = [one for one in tried if one.recall >= (1 - LARGEST_LOSS) * tried[0].recall]
    chosen = next(one for one in tried if one.strength == strength)
    assert chosen.gini == min(one.gini for one in allowed) < tried[0].gini
    assert chosen.long_tail > tried[0].long_tail
    assert strength < max(one.strength for one in allowed)


def test_nothing_to_find_changes_nothing() -> None:
    rows = rows_of(POPULARITY)
    empty = rows.of(np.zeros(CUSTOMERS, np.bool_))
    assert choose_strength(empty, np.empty(0))[1][0].coverage == 0


@given(st.floats(0, 1), st.floats(-5, 5), st.floats(-3, 3))
def test_equally_likely_products_are_ordered_by_least_popular(strength: float, logit: float, popular: float) -> None:
    one, other = debiased(np.array([logit, logit]), np.array([popular, popular + 1]), strength)
    assert one >= other


def test_gini_is_nothing_where_all_are_alike_and_near_one_where_one_has_all() -> None:
    assert gini(np.full(10, 3)) == pytest.approx(0)
    assert gini(np.array([0] * 99 + [50])) == pytest.approx(0.99)
    assert gini(np.zeros(4, np.int64)) == 0
