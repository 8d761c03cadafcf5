"""Arms are drawn independently, move with nothing but a new phase, and are what the SDK says."""

from __future__ import annotations

import os
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from growthbook import Feature, GrowthBook
from growthbook.core import chooseVariation
from scipy.stats import chi2_contingency

from service.experiments.growthbook_assigner import GrowthBookAssigner, bucket_ranges, hash2
from service.experiments.growthbook_document import growthbook_faults, payload
from service.experiments.spec import Arm, Experiment, Layer, Spec

UNITS = int(os.environ.get("HUOJIA_TEST_UNITS", "20000"))
"""Customers whose arms are compared; 100,000 for the whole check."""


def running(key: str = "shelf_exp_0", layer: str = "offers", phase: int = 1, **fields: Any) -> Experiment:
    arms = (Arm("control", 0.5), Arm("variant", 0.5))
    spec = Spec(**{"key": key, "layer": layer, "hypothesis": "", "arms": arms, "primary": (), **fields})
    return Experiment(spec, phase, "running", "", 1, 0)


def layer(key: str = "offers") -> Layer:
    return Layer(key, (), salt=f"salt-{key}")


def assigner(*experiments: Experiment) -> GrowthBookAssigner:
    return GrowthBookAssigner([layer(key) for key in {one.spec.layer for one in experiments}], experiments)


def arms(experiment: Experiment, units: int = UNITS) -> np.ndarray:
    """The place of each unit's arm by the SDK's functions, -1 for none."""
    ranges, seed, salt = bucket_ranges(experiment), experiment.seed, layer(experiment.spec.layer).salt
    within = [any(a <= hash2(salt, f"u{unit}") < b for a, b in experiment.spec.ranges) for unit in range(units)]
    return np.array([chooseVariation(hash2(seed, f"u{n}"), ranges) if is_in else -1 for n, is_in in enumerate(within)])


@pytest.mark.parametrize("coverage", [0.1, 1.0])
def test_the_whole_assigner_says_what_its_hash_and_ranges_say(coverage: float) -> None:
    experiment = running(coverage=coverage, ranges=((0.2, 0.5), (0.7, 0.9)))
    ours, named = assigner(experiment), ["control", "variant"]
    for unit, place in enumerate(arms(experiment, 2_000)):
        choice = ours.choose(f"u{unit}", {})[experiment.key]
        assert choice.arm == (None if place < 0 else named[place])
        assert (choice.why == "hash", choice.propensity) == (place >= 0, 0.5 if place >= 0 else 0.0)


def test_ten_experiments_whose_keys_differ_at_the_end_are_independent() -> None:
    found = [arms(running(f"shelf_exp_{number}")) for number in range(10)]
    chances = []
    for one, other in combinations(found, 2):
        table = np.zeros((2, 2))
        np.add.at(table, (one, other), 1)
        chances.append(chi2_contingency(table, correction=False).pvalue)
    assert len(chances) == 45
    assert min(chances) > 0.0005


def test_a_ramp_moves_nobody_from_one_arm_to_another() -> None:
    few, half, all_of_them = (arms(running(coverage=coverage)) for coverage in (0.1, 0.5, 1.0))
    for before, after in ((few, half), (half, all_of_them)):
        was_in = before >= 0
        assert was_in.any()
        assert (before[was_in] == after[was_in]).all()
    assert abs((few >= 0).mean() - 0.1) < 0.01
    assert (all_of_them >= 0).all()


def test_experiments_of_one_layer_share_no_customer() -> None:
    ours = assigner(running("one", ranges=((0.0, 0.4),)), running("other", ranges=((0.4, 1.0),)))
    found = [ours.choose(f"u{unit}", {}) for unit in range(3_000)]
    assert all((one["one"].arm is None) != (one["other"].arm is None) for one in found)
    assert {one["other"].why for one in found} == {"hash", "not_in_range"}


def test_a_new_phase_draws_anew() -> None:
    one, other = arms(running(phase=1)), arms(running(phase=2))
    assert abs((one == other).mean() - 0.5) < 0.02


def test_why_nobody_is_in_is_told() -> None:
    ours = assigner(running(condition={"region": {"$ne": "east"}}), running("small", "ranking", coverage=0.0))
    assert ours.choose("u", {"region": "east"})["shelf_exp_0"].why == "condition"
    assert ours.choose("u", {})["shelf_exp_0"].why == "condition_missing_attribute:region"
    assert ours.choose("u", {"region": "west"})["shelf_exp_0"].why == "hash"
    assert ours.choose("u", {})["small"].why == "not_covered"


def test_a_seen_arm_is_kept_whatever_else_is_true_and_one_that_is_gone_is_not() -> None:
    experiment = running(coverage=0.0, condition={"region": "east"})
    ours = assigner(experiment)
    kept, gone = (ours.choose("u", {}, {experiment.key: arm})[experiment.key] for arm in ("variant", "removed"))
    assert (kept.arm, kept.why, kept.propensity) == ("variant", "sticky", 0.5)
    assert gone.arm is None


def test_what_is_exported_gives_the_same_arms_to_a_stock_sdk() -> None:
    experiments = [
        running(condition={"$nor": [{"region": "east"}], "idle_days": {"$lt": 30}}),
        running("other", "ranking", coverage=0.4, arms=(Arm("a", 0.2), Arm("b", 0.3), Arm("c", 0.5))),
    ]
    ours, exported = assigner(*experiments), payload([layer(), layer("ranking")], experiments)
    features = {key: Feature(**feature) for key, feature in exported["features"].items()}
    places = [{"region": "west", "idle_days": 3}, {"region": "east", "idle_days": 3}, {"region": "west"}]
    for unit in range(900):
        attributes = places[unit % 3]
        stock = GrowthBook(attributes={**attributes, "unit": f"u{unit}"}, features=features)
        for key, choice in ours.choose(f"u{unit}", attributes).items():
            assert stock.get_feature_value(key, None) == choice.arm


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"hashVersion": 1}, "hashVersion"),
        ({"hashVersion": True}, "hashVersion"),
        ({"hashVersion": None}, "hashVersion"),
        ({"namespace": ["ns", 0, 1]}, "namespace"),
    ],
)
def test_hash_version_1_and_namespaces_are_refused(document: dict[str, Any], path: str) -> None:
    assert [where for where, _ in growthbook_faults({"key": "one", **document})] == [path]
