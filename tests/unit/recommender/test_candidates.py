"""Candidates of a large catalogue: a choice that scores as the whole would."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from recommender import candidates as module
from recommender import points
from recommender.blending import final_stage
from recommender.candidates import blocks, candidates
from recommender.factorisation import AlsSettings
from recommender.features import features
from recommender.first_stage import FirstStage, StageSettings
from recommender.interactions import HalfLives, Items
from recommender.states import Histories
from tests.unit.recommender.test_features import data

DAY = data().as_of


@cache
def stage() -> FirstStage:
    """As of a large catalogue: transitions and tags speak of categories."""
    items = Items.of(data().events, data().spells)
    settings = StageSettings(AlsSettings(factors=4, regularisation=1.0, alpha=4.0), HalfLives())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(points, "FEW_ITEMS", 5)
        return final_stage(data(), items, settings)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ALL_CANDIDATES", 5), ("POPULAR", 2), ("NEAREST", 2)):
        monkeypatch.setattr(module, name, value)


def test_of_a_small_catalogue_every_product_is_a_candidate() -> None:
    states = Histories.of(data(), stage().items).at(np.arange(3), np.full(3, DAY))
    found = candidates(stage(), states)
    assert found.stage is stage()
    assert found.among.all()


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("customer", range(0, 40, 4))
def test_a_candidate_has_the_features_it_has_among_all_products(customer: int) -> None:
    states = Histories.of(data(), stage().items).at(np.array([customer]), np.array([DAY]))
    whole, _ = features(stage(), states)
    found = candidates(stage(), states)
    own, _ = features(found.stage, found.states)
    assert len(found.items) < len(stage().items.product)
    assert np.allclose(own, whole[:, :, found.items], rtol=0, atol=1e-12)


@pytest.mark.usefixtures("large")
def test_whatever_a_customer_did_something_with_is_a_candidate() -> None:
    histories = Histories.of(data(), stage().items)
    customers = np.arange(60)
    for part in blocks(stage(), len(customers)):
        states = histories.at(customers[part], np.full(len(customers[part]), DAY))
        found = candidates(stage(), states)
        among = np.zeros((states.size, len(stage().items.product)), np.bool_)
        among[:, found.items] = found.among
        assert among[states.row, states.item].all()
        held = states.held_item >= 0
        assert among[states.held_row[held], states.held_item[held]].all()
