"""Which models an artifact has, and why not the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recommender.blending import final_stage
from recommender.factorisation import AlsSettings
from recommender.first_stage import StageSettings
from recommender.generators import generators, regime_of
from recommender.interactions import HalfLives, Items
from tests.unit.recommender.bank import bank_of_tastes

TRIED = {"als": [{"map": 0.2}, {"map": 0.3}], "popularity": {"map": 0.25}}


@pytest.mark.parametrize(
    ("products", "words"),
    [(24, "pairs"), (400, "between products"), (2_000, "between categories"), (8_000, "nearest"), (8_001, "no EASE")],
)
def test_the_regime_is_that_of_the_number_of_products(products: int, words: str) -> None:
    assert words in regime_of(products)


def test_every_model_says_how_it_is_or_why_it_is_not() -> None:
    data = bank_of_tastes()
    items = Items.of(data.events, data.spells)
    stage = final_stage(data, items, StageSettings(AlsSettings(2, 1.0, 4.0), HalfLives()))
    found = generators(stage, TRIED)
    assert found["als"] == {"kept": True, "why": "best of 2 settings on the last window: MAP 0.3000, popularity 0.2500"}
    assert found["ease"]["kept"]
    assert not found["eligibility"]["kept"]
    assert not found["tags"]["kept"]
    without = generators(replace(stage, als=None, ease=None), TRIED | {"als": []})
    assert not without["ease"]["kept"]
    assert "two products" in without["ease"]["why"]
    assert not without["als"]["kept"]
