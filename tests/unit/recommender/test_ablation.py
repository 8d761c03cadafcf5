"""Blends fitted again without a family of features."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from recommender.ablation import FAMILIES, ONE_SET, POPULARITY, ablations
from recommender.blend_parts import Mixture, Parts
from recommender.features import EVER_HAD, NAMES, NEVER_HAD, STRANGER
from recommender.logistic import fit_logistic
from recommender.ranking_rows import RankingRows

CUSTOMERS, PRODUCTS = 400, 20
LIKED, COUNT, POPULAR = (NAMES.index(name) for name in ("item_item", "count", "popularity"))
L2 = 1e-4


def rows_of(seed: int) -> RankingRows:
    """Neighbours say much, popularity little; what is held is bought again by its count."""
    rng, size = np.random.default_rng(seed), CUSTOMERS * PRODUCTS
    features = np.zeros((size, len(NAMES)), np.float32)
    features[:, [LIKED, COUNT]] = rng.normal(size=(size, 2))
    features[:, POPULAR] = np.tile(np.linspace(-1, 1, PRODUCTS), CUSTOMERS)
    features[:, NAMES.index("events")] = np.log1p(3)
    had = rng.random(size) < 0.4
    features[:, NAMES.index("held")] = had
    logit = np.where(had, 1.5 * features[:, COUNT], 1.5 * features[:, LIKED]) + 0.5 * features[:, POPULAR] - 1.0
    customer, item = np.divmod(np.arange(size), PRODUCTS)
    truth = rng.random(size) < expit(logit)
    known, owner = np.full(CUSTOMERS, 3.0), np.arange(CUSTOMERS)
    return RankingRows(features, truth, customer, item, known, np.arange(PRODUCTS), owner)


ROWS, STRANGERS = rows_of(0), rows_of(1)
HAD = ROWS.features[:, NAMES.index("held")] > 0
WEIGHT = ROWS.weight()
BOTH = fit_logistic(ROWS.features, ROWS.truth, WEIGHT, L2)
OWN = {
    kind: fit_logistic(ROWS.features[inside], ROWS.truth[inside], WEIGHT[inside], L2)
    for kind, inside in ((NEVER_HAD, ~HAD), (EVER_HAD, HAD))
}

MIXTURE = Mixture(ROWS, WEIGHT, {STRANGER: STRANGERS})


def test_every_family_names_features_and_popularity_alone_leaves_nothing_else() -> None:
    assert {name for family in FAMILIES.values() for name in family} <= set(NAMES)
    assert set(NAMES) - set(FAMILIES["popularity alone"]) == set(POPULARITY)


def test_an_ablation_has_no_weight_on_its_family_and_is_the_fit_from_nothing() -> None:
    found = ablations(Parts(BOTH, OWN), MIXTURE)
    for name, blend in found.items():
        assert not blend.weights[:, [NAMES.index(one) for one in FAMILIES[name]]].any()
    blind = ROWS.features.copy()
    blind[:, LIKED] = 0.0
    anew = fit_logistic(blind[~HAD], ROWS.truth[~HAD], WEIGHT[~HAD], L2)
    kept = found["without collaborative filtering"]
    assert kept.weights[NEVER_HAD] == pytest.approx(anew.weights, abs=1e-3)
    assert kept.constant[NEVER_HAD] == pytest.approx(anew.constant, abs=1e-3)
    assert kept.weights[EVER_HAD, COUNT] == pytest.approx(OWN[EVER_HAD].weights[COUNT], abs=0.05)


def test_a_family_without_weight_has_no_ablation() -> None:
    assert (
        not {"without tags", "without transition", "without eligibility"} & ablations(Parts(BOTH, {}), MIXTURE).keys()
    )


def test_who_does_not_know_what_was_had_has_one_set_of_weights() -> None:
    found = ablations(Parts(BOTH, OWN), MIXTURE)
    for name in ONE_SET:
        assert found[name].weights[NEVER_HAD].tolist() == found[name].weights[EVER_HAD].tolist()


def test_strangers_are_fitted_again_on_their_own_rows() -> None:
    stranger = fit_logistic(STRANGERS.features, STRANGERS.truth, STRANGERS.weight(), L2)
    found = ablations(Parts(BOTH, {STRANGER: stranger}), MIXTURE)["popularity alone"]
    blind = np.zeros_like(STRANGERS.features)
    blind[:, POPULAR] = STRANGERS.features[:, POPULAR]
    anew = fit_logistic(blind, STRANGERS.truth, STRANGERS.weight(), L2)
    assert found.weights[STRANGER, POPULAR] == pytest.approx(anew.weights[POPULAR], abs=1e-3)
