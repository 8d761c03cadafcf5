"""How far the order leans to tags and from popular products, and what it costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from recommender.evidence import FEWEST
from recommender.features import NAMES
from recommender.leaning import UNBENT, Leaning
from recommender.leaning_choice import LARGEST_LOSS, choose_leaning, gini
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
        np.arange(CUSTOMERS),
    )


POPULARITY = np.tile(np.linspace(2, -2, PRODUCTS), CUSTOMERS)
NOTHING = np.zeros(len(POPULARITY))
TASTE = np.random.default_rng(7).normal(scale=3.0, size=len(POPULARITY))


def test_where_popularity_is_all_that_is_known_nothing_is_taken_off() -> None:
    leaning, told = choose_leaning(rows_of(POPULARITY - 2), expit(0.4 * POPULARITY - 2), NOTHING)
    assert leaning == Leaning(0.0, 0.0)
    tried = told["handicap"]["tried"]
    assert tried[-1]["recall"] < 0.5 * tried[0]["recall"]


def test_the_strength_spreads_places_most_evenly_of_those_that_keep_the_recall() -> None:
    logits = TASTE + 0.2 * POPULARITY - 3
    leaning, told = choose_leaning(rows_of(logits), expit(logits), NOTHING)
    tried = told["handicap"]["tried"]
    allowed = [one for one in tried if one["recall"] >= (1 - LARGEST_LOSS) * tried[0]["recall"]]
    chosen = next(one for one in tried if one["strength"] == leaning.handicap)
    assert chosen["gini"] == min(one["gini"] for one in allowed) < tried[0]["gini"]
    assert chosen["long_tail"] > tried[0]["long_tail"]
    assert leaning.handicap < max(one["strength"] for one in allowed)


CLAIM = np.where(np.random.default_rng(3).random(len(POPULARITY)) < 0.1, 2.0, 0.0)


def test_claims_that_hold_are_believed_up_to_their_face_value_whatever_the_odds_count_already() -> None:
    rows = rows_of(TASTE + CLAIM - 3)
    for counted in (0.0, 0.3, 1.0):
        leaning, _ = choose_leaning(rows, expit(TASTE + counted * CLAIM - 3), (1 - counted) * CLAIM)
        assert leaning.conviction == (counted < 1)


def test_claims_that_do_not_hold_are_believed_no_further_than_the_recall_allows() -> None:
    rows = rows_of(TASTE - 3)
    leaning, told = choose_leaning(rows, expit(TASTE - 3), CLAIM)
    tried = {one["strength"]: one["recall"] for one in told["conviction"]["tried"]}
    assert tried[leaning.conviction] >= (1 - LARGEST_LOSS) * tried[0.0]
    assert leaning.conviction < max(tried)


def test_nothing_to_find_changes_nothing() -> None:
    rows, chance = rows_of(POPULARITY), np.full(len(POPULARITY), 0.1)
    few = rows.truth & (rows.customer < FEWEST - 1)
    assert choose_leaning(rows._replace(truth=few), chance, CLAIM)[0] == UNBENT
    leaning, told = choose_leaning(rows.of(np.zeros(CUSTOMERS, np.bool_)), np.empty(0), np.empty(0))
    assert leaning == UNBENT
    assert told["handicap"]["tried"][0]["coverage"] == 0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-3, 3))
def test_equally_likely_products_are_ordered_by_what_is_claimed_and_least_popular(
    conviction: float, handicap: float, popular: float
) -> None:
    one, other = Leaning(conviction, handicap).of(np.array([1.0, 0.0]), np.array([popular, popular + 1]))
    assert one >= other


def test_gini_is_nothing_where_all_are_alike_and_near_one_where_one_has_all() -> None:
    assert gini(np.full(10, 3)) == pytest.approx(0)
    assert gini(np.array([0] * 99 + [50])) == pytest.approx(0.99)
    assert gini(np.zeros(4, np.int64)) == 0
