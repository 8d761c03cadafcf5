"""The simulation of off-policy evaluations, small."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from service.bootstrap import runtime_of
from service.progress import silent
from service.study.off_policy_coverage import (
    Clicks,
    Contexts,
    changed_policy,
    contexts_of,
    coverage,
    logging_policy,
)
from shelf_rules.policy_load import DEFAULT
from tests.sample_bank import SampleBank


def make_contexts(number: int = 1_500, each: int = 3) -> Contexts:
    """Six products, one of them preferred by the log, another one by the candidate in a fifth of the contexts."""
    logged = np.full((number, 6), 0.06)
    logged[:, 0] = 0.7
    candidate = logged.copy()
    candidate[::5] = np.roll(logged[::5], 1, axis=1)
    return Contexts(np.arange(number) // each, logged, candidate, number)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    told = coverage(make_contexts(), runs=150, seed=1, progress=silent).document()
    assert told["told"] == 150
    for name in ("snips", "dr"):
        assert told["estimators"][name]["coverage"] >= 0.88
        assert abs(told["estimators"][name]["bias"]) < told["estimators"][name]["rmse"] / 2
    assert told["estimators"]["dr"]["rmse"] <= told["estimators"]["ips"]["rmse"] * 1.02


def test_what_the_log_could_not_draw_makes_ips_wrong_and_is_refused() -> None:
    contexts = make_contexts()
    logged = contexts.logged.copy()
    logged[:, 1] = 0.0
    logged[:, 0] += 0.06
    told = coverage(contexts._replace(logged=logged), runs=40, seed=1, progress=silent).document()
    assert told["told"] == 0
    assert told["refused"]["low_support"] == 40
    assert told["estimators"]["ips"]["coverage"] < 0.5
    assert told["estimators"]["ips"]["coverage_told"] is None


def test_chances_of_clicks_differ_by_product_and_by_customer() -> None:
    clicks = Clicks.of(make_contexts(), np.random.default_rng(1)).chances
    assert ((clicks > 0) & (clicks < 1)).all()
    assert clicks[:, 0].std() > 0.01
    assert clicks[0].std() > 0.01
    assert (clicks[0] == clicks[1]).all()  # the same customer on another day


def test_decisions_of_a_bank_are_evaluated_and_without_a_drawn_slot_refused(small_bank: SampleBank) -> None:
    with runtime_of(small_bank.settings()) as runtime:
        for slots in (1, 0):
            logging = logging_policy(runtime.worlds.last().policy, slots, 0.3, 0.01)
            contexts = contexts_of(runtime, (logging, changed_policy(logging, 0.3)), 1, silent)
            told = coverage(contexts, runs=3, seed=1, progress=silent).document()
            assert contexts.decisions > 50
            if slots:
                assert contexts.logged.sum(axis=1) == pytest.approx(1)
                assert contexts.candidate.sum(axis=1) == pytest.approx(1)
                assert (contexts.logged != contexts.candidate).any()
                assert told["contexts"] > 50
                assert set(told["estimators"]) == {"ips", "snips", "dr"}
            else:
                assert (told["refused"], told["estimators"]) == ({"deterministic_slot": 3}, {})


def test_the_changed_policy_differs_in_the_order_of_one_tier_alone() -> None:
    changed = changed_policy(DEFAULT, 0.5)
    assert {**changed.ranking, "transferable": None} == {**DEFAULT.ranking, "transferable": None}
    assert changed.ranking["transferable"] != DEFAULT.ranking["transferable"]
    assert dataclasses.replace(changed, ranking=DEFAULT.ranking) == DEFAULT
