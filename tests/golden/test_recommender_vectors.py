"""The vectors of the domain model that population tables, tag quality and evaluation answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.evaluation.sample_size import sample_size_per_arm
from recommender.evaluation.wilson import WilsonInterval
from recommender.tag_quality.durability import durability
from recommender.tag_quality.fund_concentration import FundConcentration
from recommender.tag_quality.quality import Quality
from recommender.tag_quality.rarity import rarity
from recommender.tag_quality.redundancy import redundancy
from recommender.tag_quality.truthfulness import truthfulness
from recommender.tag_quality.uniqueness import uniqueness
from recommender.tag_quality.weight_update import weight_update
from recommender.transitions import transition_hazard

DOCUMENT = json.loads(Path(__file__).with_name("domain-vectors.json").read_text(encoding="utf-8"))


def _concentration(*, category_inflow: float, total_inflow: float, peer_share: float, prior_inflow: float) -> Any:
    return FundConcentration.of(category_inflow, total_inflow, peer_share=peer_share, prior=prior_inflow)._asdict()


def _shrunk(*, quality: float, n_eff: float, tag_level: float) -> Any:
    return Quality.shrunk(quality, n_eff, tag_level)._asdict()


PRODUCTION: Mapping[str, Callable[..., Any]] = {
    "transition_hazard": transition_hazard,
    "truth": truthfulness,
    "durability": durability,
    "rarity": rarity,
    "fund_concentration": _concentration,
    "nmi": redundancy,
    "uniqueness": uniqueness,
    "tag_quality": Quality.own,
    "shrunk_quality": _shrunk,
    "weight_update": weight_update,
    "sample_size_per_arm": sample_size_per_arm,
    "wilson_interval": lambda **given: WilsonInterval.of(**given)._asdict(),
}
VECTORS = [vector for vector in DOCUMENT["vectors"] if vector["function"] in PRODUCTION]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_recommender_agrees_with_the_vector(vector: Mapping[str, Any]) -> None:
    answer, expected = PRODUCTION[vector["function"]](**vector["input"]), vector["expected"]
    if not isinstance(expected, dict):
        answer, expected = {"": answer}, {"": expected}
    for name, value in expected.items():
        assert np.abs(answer[name] - value) <= DOCUMENT["tolerance"], name


def test_every_function_has_a_vector() -> None:
    assert {vector["function"] for vector in VECTORS} == set(PRODUCTION)
