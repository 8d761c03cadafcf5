from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.ranking._order import order, rank
from shelf_rules.situation import FIXED, Situation, TierEvidence
from tests.factories import category_number, make_catalogue, make_product, make_scores, make_situation

TERM = category_number("deposit.term")
CATALOGUE = make_catalogue(*(make_product(name) for name in ("b", "a", "d", "c")))
ROWS = np.arange(4)


def make(**fields: Any) -> Situation:
    categories = len(CATALOGUE.categories)
    evidence = TierEvidence(np.full(categories, 0.5), np.ones(categories, dtype=np.bool_), {})
    return make_situation(
        catalogue=CATALOGUE,
        tiers={"fixed": evidence, "migratable": evidence, "transferable": evidence},
        tier=np.full(categories, FIXED),
        **fields,
    )


def test_the_score_is_the_weighted_sum_of_the_terms() -> None:
    situation = make(scores=make_scores(4, popularity=[4, 3, 2, 1], cf=[0.1, 0.2, 0.3, 0.4]))
    scores, parts = rank(situation, "fixed", ROWS)
    assert parts["cf"] == pytest.approx([0.0, 0.2 / 3, 0.4 / 3, 0.2])
    assert parts["tag"] == pytest.approx([0.175] * 4)
    assert parts["tier_score"] == pytest.approx([0.2] * 4)
    assert parts["popularity"] == pytest.approx(0.05 * situation.facts.scores.popularity_rank)
    assert scores == pytest.approx(sum(parts.values()))


def test_scores_have_nine_decimals() -> None:
    scores, _ = rank(make(scores=make_scores(4, cf=[0.1, 0.2, 0.3, 0.4])), "migratable", ROWS)
    assert scores.tolist() == [round(score, 9) for score in scores.tolist()]


def test_the_terms_are_worked_out_once_for_all_candidates() -> None:
    alone = make(scores=make_scores(4, popularity=[4, 3, 2, 1], cf=[0.1, 0.2, 0.3, 0.4]))
    among = make(scores=alone.facts.scores, candidates=ROWS)
    expected, _ = rank(alone, "fixed", ROWS)
    for rows in (np.array([3, 1]), np.array([0, 2])):
        scores, parts = rank(among, "fixed", rows)
        assert scores.tolist() == expected[rows].tolist()
        assert parts["cf"] == pytest.approx(np.array([0.0, 0.2, 0.4, 0.6])[rows] / 3)


def test_the_best_score_comes_first_then_popularity_then_the_product_id() -> None:
    situation = make(scores=make_scores(4, popularity=[1, 1, 2, 1]))
    assert order(situation, ROWS, np.array([0.3, 0.3, 0.3, 0.9])).tolist() == [3, 2, 1, 0]


def test_what_is_no_finite_number_sinks() -> None:
    scores = np.array([np.nan, np.inf, 0.1, -np.inf])
    assert order(make(), ROWS, scores).tolist() == [2, 1, 0, 3]


def test_positions_are_those_within_the_rows_given() -> None:
    assert order(make(), np.array([3, 1]), np.array([0.1, 0.2])).tolist() == [1, 0]
