"""The blends at request time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from recommender.features import NAMES
from recommender.leaning import UNBENT, Leaning
from recommender.ranker import BLENDS, HORIZON_DAYS, Ranker, at_horizon

SIZE = len(NAMES)
WEIGHTS = np.random.default_rng(0).normal(size=(4, 4, SIZE))
CONSTANT = np.arange(16.0).reshape(4, 4)
CALIBRATION = np.array([[1.0, 0], [2, 0], [1, 1], [0.5, -1]])[:, None].repeat(4, axis=1)
RANKER = Ranker(WEIGHTS, CONSTANT, CALIBRATION, np.ones(4, np.bool_), 60, Leaning(0.4, 0.2))
BLOCK = np.random.default_rng(1).normal(size=(SIZE, 3, 7))
BLOCK[NAMES.index("held")] = BLOCK[NAMES.index("had_before")] = 0
BLOCK[NAMES.index("held"), 2, 5] = 1
BLOCK[NAMES.index("tenured")] = 0
BLOCK[NAMES.index("events")] = np.array([1.0, 0.0, 2.0])[:, None]


def test_a_probability_is_the_calibrated_blend_of_the_features() -> None:
    z = WEIGHTS[1, 0] @ BLOCK[:, 2, 4] + CONSTANT[1, 0]
    assert RANKER.probabilities(BLOCK)[1, 2, 4] == pytest.approx(1 / (1 + np.exp(-2 * z)))


def test_what_was_had_before_has_weights_of_its_own() -> None:
    z = WEIGHTS[1, 1] @ BLOCK[:, 2, 5] + CONSTANT[1, 1]
    assert RANKER.probabilities(BLOCK)[1, 2, 5] == pytest.approx(1 / (1 + np.exp(-2 * z)))
    rows = BLOCK[:, 2].T
    assert RANKER.blend(1).logits(rows)[5] == pytest.approx(z)
    assert RANKER.blend(1).logits(rows)[4] == pytest.approx(WEIGHTS[1, 0] @ rows[4] + CONSTANT[1, 0])


def test_strangers_have_weights_of_their_own() -> None:
    z = WEIGHTS[1, 2] @ BLOCK[:, 1, 3] + CONSTANT[1, 2]
    assert RANKER.probabilities(BLOCK)[1, 1, 3] == pytest.approx(1 / (1 + np.exp(-2 * z)))


def test_who_has_been_a_customer_for_long_is_no_stranger_though_nothing_was_seen() -> None:
    block = BLOCK.copy()
    block[NAMES.index("tenured"), 1] = 1
    z = WEIGHTS[1, 3] @ block[:, 1, 3] + CONSTANT[1, 3]
    assert RANKER.probabilities(block)[1, 1, 3] == pytest.approx(1 / (1 + np.exp(-2 * z)))


def test_one_customer_and_many_are_alike() -> None:
    whole = RANKER.probabilities(BLOCK)
    assert np.allclose(whole[:, 1], RANKER.probabilities(BLOCK[:, 1]), atol=1e-12)


def test_first_purchases_are_carried_on_to_the_horizon_at_the_same_hazard() -> None:
    within = 1 / (1 + np.exp(-(WEIGHTS[2, 0] @ BLOCK[:, 0, 0] + CONSTANT[2, 0] + 1)))
    assert RANKER.probabilities(BLOCK)[2, 0, 0] == pytest.approx(1 - (1 - within) ** (HORIZON_DAYS / 60))
    assert at_horizon(np.array([0.0, 0.1, 1.0]), 180).tolist() == pytest.approx([0, 0.1, 1])


def test_the_order_of_the_tier_leans_to_what_tags_claim_and_from_what_is_popular() -> None:
    found = RANKER.leanings(BLOCK)
    assert found is not None
    assert np.array_equal(found, 0.4 * RANKER.lacking(BLOCK) - 0.2 * BLOCK[NAMES.index("popularity")])
    assert replace(RANKER, leaning=UNBENT).leanings(BLOCK) is None


@pytest.mark.parametrize("customer", [0, 1])  # one known, one stranger
def test_what_the_odds_lack_of_a_claim_makes_them_count_it_at_face_value(customer: int) -> None:
    ranker = replace(RANKER, weights=np.clip(RANKER.weights, 0.1, 0.6), window_days=HORIZON_DAYS)
    block = BLOCK[:, [customer], :1].copy()
    block[NAMES.index("tag_claim")] = 0
    claimed = block.copy()
    claimed[NAMES.index("tag_claim")] = 0.7
    before, after = (logit(ranker.probabilities(one)[2, 0, 0]) for one in (block, claimed))
    assert after - before + ranker.lacking(claimed)[0, 0] == pytest.approx(0.7)
    assert ranker.lacking(block)[0, 0] == 0


def test_it_comes_back_from_its_arrays() -> None:
    known = np.array([True, False, True, True])
    ranker = Ranker(RANKER.weights, RANKER.constant, RANKER.calibration, known, 60, Leaning(0.4, 0.2))
    manifest = ranker.to_manifest()
    again = Ranker.from_arrays(ranker.to_arrays(), manifest)
    assert again.known.tolist() == known.tolist()
    assert again.leaning == Leaning(0.4, 0.2)
    assert manifest["blends"] == [name for name, one in zip(BLENDS, known, strict=True) if one]
    assert np.array_equal(again.probabilities(BLOCK), ranker.probabilities(BLOCK), equal_nan=True)
