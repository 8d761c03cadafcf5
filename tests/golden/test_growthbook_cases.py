"""The GrowthBook project's cross-SDK cases, through what chooses arms here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from growthbook import Experiment, GrowthBook
from growthbook.core import chooseVariation, gbhash, getBucketRanges, getEqualWeights, inNamespace
from growthbook.growthbook import InMemoryStickyBucketService

from service.experiments.growthbook_assigner import hash2, matches

PATH = Path(__file__).resolve().parents[3] / "shared" / "data" / "growthbook" / "cases.json"
pytestmark = pytest.mark.skipif(not PATH.exists(), reason="the cases of GrowthBook are not here")

STRICTER = {
    "missing attribute with comparison operators",
    "comparing numbers and strings",
    "comparing numbers and strings - v2",
}
"""What is not known compares with nothing, nor a number with a text (ADR 0044)."""
COUNTS = {
    "evalCondition": 248,
    "hash": 15,
    "getBucketRange": 13,
    "feature": 55,
    "run": 73,
    "chooseVariation": 13,
    "inNamespace": 16,
    "getEqualWeights": 6,
    "stickyBucket": 13,
}


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(PATH.read_text())
    return content


def _near(one: list[Any], other: list[Any]) -> bool:
    return json.loads(json.dumps(one), parse_float=lambda text: round(float(text), 5)) == json.loads(
        json.dumps(other), parse_float=lambda text: round(float(text), 5)
    )


def _sdk(context: dict[str, Any], **more: Any) -> GrowthBook:
    names = {
        "savedGroups": "saved_groups",
        "forcedVariations": "forced_variations",
        "qaMode": "qa_mode",
        "contextualBandits": "contextual_bandits",
    }
    known = {"attributes", "features", "url", "enabled", *names}
    given = {names.get(name, name): value for name, value in context.items() if name in known}
    return GrowthBook(**given, **more)


def test_no_case_is_left_out(cases: dict[str, Any]) -> None:
    assert {name: len(cases[name]) for name in COUNTS} == COUNTS


def test_conditions_differ_in_the_three_named_cases_and_in_no_other(cases: dict[str, Any]) -> None:
    found = set()
    for name, condition, attributes, expected, *groups in cases["evalCondition"]:
        if groups:
            rule = {"condition": condition, "force": True}
            features = {"flag": {"defaultValue": False, "rules": [rule]}}
            answer = _sdk({"attributes": attributes, "features": features, "savedGroups": groups[0]}).is_on("flag")
        else:
            answer = matches(condition, attributes)
        if answer != expected:
            found.add(name)
    assert found == STRICTER


def test_every_hash_is_as_written(cases: dict[str, Any]) -> None:
    for seed, value, version, expected in cases["hash"]:
        assert (hash2(seed, value) if version == 2 else gbhash(seed, value, version)) == expected


def test_ranges_weights_and_places_are_as_written(cases: dict[str, Any]) -> None:
    for name, (arms, coverage, weights), expected in cases["getBucketRange"]:
        assert _near([list(one) for one in getBucketRanges(arms, coverage, weights)], expected), name
    for name, place, ranges, expected in cases["chooseVariation"]:
        assert chooseVariation(place, ranges) == expected, name
    for arms, expected in cases["getEqualWeights"]:
        assert _near(getEqualWeights(arms), expected)
    for name, unit, namespace, expected in cases["inNamespace"]:
        assert inNamespace(unit, namespace) is expected, name


def test_every_experiment_runs_as_written(cases: dict[str, Any]) -> None:
    for name, context, experiment, value, is_in, is_hashed in cases["run"]:
        found = _sdk(context).run(Experiment(**experiment))
        assert (found.value, found.inExperiment, found.hashUsed) == (value, is_in, is_hashed), name


def test_every_feature_is_evaluated_as_written(cases: dict[str, Any]) -> None:
    for name, context, key, expected in cases["feature"]:
        found = _sdk(context).eval_feature(key).to_dict()
        run, wanted = found.pop("experimentResult", {}), dict(expected)
        said = wanted.pop("experimentResult", {})
        wanted.pop("experiment", None)
        assert {field: found[field] for field in wanted} == wanted, name
        assert {field: run[field] for field in said} == said, name


def test_every_seen_arm_is_kept_as_written(cases: dict[str, Any]) -> None:
    for name, context, seen, key, expected, kept in cases["stickyBucket"]:
        service = InMemoryStickyBucketService()
        for document in seen:
            service.save_assignments(document)
        asked = _sdk(context, sticky_bucket_service=service)
        asked.refresh_sticky_buckets()
        run = asked.eval_feature(key).experimentResult
        found = None if run is None else run.to_dict()
        assert found == expected or {field: found[field] for field in expected} == expected, name
        assert {place: service.docs[place] for place in kept} == kept, name
        assert set(service.docs) - set(kept) <= {f"{one['attributeName']}||{one['attributeValue']}" for one in seen}, (
            name
        )
