"""Which numbers say how likely a product is wanted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shelf_rules.facts import Scores
from shelf_rules.likely import likely, ranked
from shelf_rules.ranking.cf import cf
from shelf_rules.situation import FIXED, NO_TIER, TRANSFERABLE, Situation
from tests.factories import make_product, make_scores, make_situation

PRODUCTS = [
    make_product(f"p{number}", category) for number, category in enumerate(["deposit.term"] * 3 + ["cash.mmf"] * 2)
]
CHANCES = np.array([[0.2, 0.5, 0.1, 0.9, 0.8], [np.nan] * 5, [0.3, 0.3, 0.3, 0.04, np.nan]])
UNKNOWN = np.full((3, 5), np.nan)


def situation_of(
    tiers: np.ndarray | None, *, cf_scores: list[float] | None = None, mmf: int = TRANSFERABLE
) -> Situation:
    scores: Scores = replace(make_scores(5, cf=cf_scores), tiers=tiers)
    situation = make_situation(*PRODUCTS, scores=scores)
    situation.tier = np.full(len(situation.catalogue.categories), NO_TIER)
    situation.tier[situation.catalogue.category[0]] = FIXED
    situation.tier[situation.catalogue.category[3]] = mmf
    return situation


def test_every_product_has_the_probability_of_its_own_tier() -> None:
    found = likely(situation_of(CHANCES))
    assert found is not None
    assert np.array_equal(found, [0.2, 0.5, 0.1, 0.04, np.nan], equal_nan=True)


def test_a_tier_without_a_ranker_has_the_score_of_collaborative_filtering() -> None:
    found = likely(situation_of(CHANCES, cf_scores=[1, 2, 3, 4, 5], mmf=FIXED + 1))
    assert found is not None
    assert found.tolist() == [0.2, 0.5, 0.1, 4, 5]


def test_without_a_ranker_there_is_the_score_alone() -> None:
    assert likely(situation_of(None)) is None
    found = likely(situation_of(None, cf_scores=[1, 2, 3, 4, 5]))
    assert found is not None
    assert found.tolist() == [1, 2, 3, 4, 5]
    assert not ranked(UNKNOWN[0])


def test_the_percentile_of_a_probability_is_among_the_candidates_of_the_same_tier() -> None:
    situation = situation_of(CHANCES)
    situation.candidates = np.arange(5)
    assert cf(situation, np.arange(5)).tolist() == [0.5, 1.0, 0.0, 0.5, 0.0]
    assert cf(situation, np.array([1, 2])).tolist() == [1.0, 0.0]


def test_the_order_leans_in_the_transferable_tier_only() -> None:
    situation = situation_of(np.array([[0.2] * 5, [np.nan] * 5, [0.5] * 5]))
    facts = situation.facts
    leaning = -np.log([3.0, 3.0, 3.0, 3.0, 1.0])
    situation.facts = replace(facts, scores=replace(facts.scores, leaning=leaning))
    found = likely(situation)
    assert found is not None
    assert found == pytest.approx([0.2, 0.2, 0.2, 0.25, 0.5])


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_leaning_leaves_certainty_as_it_is(chance: float) -> None:
    situation = situation_of(np.full((3, 5), chance))
    facts = situation.facts
    situation.facts = replace(facts, scores=replace(facts.scores, leaning=np.full(5, -2.0)))
    found = likely(situation)
    assert found is not None
    assert found[3] == chance
