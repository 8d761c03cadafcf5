"""The vectors of the domain model, answered by the functions that a decision runs through."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shelf_rules import formulas
from shelf_rules.assignment import assign_tier
from shelf_rules.decision import TIERS
from shelf_rules.policy import Policy

DOCUMENT = json.loads(Path(__file__).with_name("domain-vectors.json").read_text(encoding="utf-8"))
POLICY = Policy()


def _occasions(*, days: Any, amounts: Any, weights: Any, merge_days: int) -> list[list[float]]:
    merged = formulas.occasions(zip(days, amounts, weights, strict=True), merge_days)
    return [list(occasion) for occasion in merged]


def _intent(*, events: Any, t: int) -> float:
    return formulas.intent([(day, kind, session, 1) for day, kind, session in events], t, POLICY.intent)


def _log_pool(*, probabilities: Any, weights: Any) -> float:
    return float(formulas.log_pool(probabilities, weights))


def _assign_tier(*, previous: str | None, **given: Any) -> str | None:
    number = assign_tier(
        previous=np.array(0 if previous is None else TIERS.index(previous) + 1),
        thresholds=POLICY.thresholds,
        **{name: np.array(value) for name, value in given.items()},
    )
    return (None, *TIERS)[int(number)]


PRODUCTION: Mapping[str, Callable[..., Any]] = {
    "occasions": _occasions,
    "effective_repeats": formulas.effective_repeats,
    "holding_share": formulas.holding_share,
    "p_alive": formulas.p_alive,
    "fixed_score": lambda **given: float(formulas.fixed_score(**given, policy=POLICY.fixed)),
    "intent": _intent,
    "wallet_gap": formulas.wallet_gap,
    "migratable_score": lambda **given: formulas.migratable_score(**given, policy=POLICY.migratable),
    "hit_probability": lambda **given: float(formulas.hit_probability(**given)),
    "log_pool": _log_pool,
    "assign_tier": _assign_tier,
}
VECTORS = [vector for vector in DOCUMENT["vectors"] if vector["function"] in PRODUCTION]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_production_code_answers_the_vector(vector: Mapping[str, Any]) -> None:
    answer = PRODUCTION[vector["function"]](**vector["input"])
    expected = vector["expected"]
    if isinstance(expected, str | None):
        assert answer == expected
    else:
        np.testing.assert_allclose(np.array(answer, dtype=float), expected, rtol=0, atol=DOCUMENT["tolerance"])


def test_every_function_has_a_vector() -> None:
    assert {vector["function"] for vector in VECTORS} == set(PRODUCTION)


def test_the_vectors_stand_on_the_default_policy() -> None:
    given = DOCUMENT["policy"]
    fixed, intent, wallet = POLICY.fixed, POLICY.intent, POLICY.wallet
    assert given["occasion"]["merge_days"] == fixed.merge_days
    assert given["fixed"] == {
        "w_repeat": fixed.w_repeat,
        "w_duration": fixed.w_duration,
        "w_balance": fixed.w_balance,
        "repeat_scale": fixed.repeat_scale,
    }
    assert given["intent"]["weights"] == intent.weights
    assert (given["intent"]["half_life"], given["intent"]["scale"]) == (intent.half_life, intent.scale)
    assert given["intent"]["max_per_session"] == intent.max_per_session
    assert given["wallet"]["kappa"] * 100 == wallet.kappa  # the policy counts minor units
    migratable, transferable = POLICY.migratable, POLICY.transferable
    assert given["migratable"] == {
        "w_intent": migratable.w_intent,
        "w_gap": migratable.w_gap,
        "w_maturity": migratable.w_maturity,
    }
    assert given["transferable"]["horizon"] == transferable.horizon
    assert tuple(given["transferable"]["pool_weights"]) == transferable.pool_weights
    assert given["thresholds"] == {name: [at.enter, at.leave] for name, at in POLICY.thresholds.items()}
