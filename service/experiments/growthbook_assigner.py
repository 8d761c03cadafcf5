"""Assignment by the GrowthBook SDK, offline and with hash version 2 only (ADR 0044)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from growthbook import Feature, GrowthBook
from growthbook.core import evalCondition, gbhash, getBucketRanges, inRange

from service.experiments.assigner import BY_HASH, CONDITION, MISSING, NOT_COVERED, NOT_IN_RANGE, STICKY, Choice
from service.experiments.conditions import asked_of, compiled
from service.experiments.spec import Experiment, Layer

UNIT = "unit"
"""The attribute that is hashed."""
HASH_VERSION = 2
"""The only one there is here: version 1 makes experiments whose keys differ at the end depend on each other."""

Rule = dict[str, Any]


def hash2(seed: str, value: str) -> float:
    """A place in [0, 1), in steps of 1/10,000 (GrowthBook's hash, version 2)."""
    found = gbhash(seed, value, HASH_VERSION)
    assert found is not None  # noqa: S101 - version 2 always answers
    return found


def matches(condition: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    """Whether attributes match a compiled condition; one that cannot be evaluated matches nobody."""
    return evalCondition(dict(attributes), dict(condition))


def bucket_ranges(experiment: Experiment) -> list[tuple[float, float]]:
    """Where the hash has to fall for each arm: its start stays where it is while the coverage rises."""
    weights = [arm.weight for arm in experiment.spec.arms]
    return getBucketRanges(len(weights), experiment.spec.coverage, weights)


def rule_of(experiment: Experiment, layer: Layer) -> Rule:
    """The experiment as a GrowthBook rule: its part of the layer, its condition, its arms."""
    spec = experiment.spec
    ranges = [list(one) for one in spec.ranges]
    rule: Rule = {
        "key": experiment.key,
        "variations": [arm.key for arm in spec.arms],
        "meta": [{"key": arm.key} for arm in spec.arms],
        "hashAttribute": UNIT,
        "hashVersion": HASH_VERSION,
        "seed": experiment.seed,
        "phase": str(experiment.phase),
        "coverage": spec.coverage,
        "weights": [arm.weight for arm in spec.arms],
        "ranges": [list(one) for one in bucket_ranges(experiment)],
        "filters": [{"seed": layer.salt, "ranges": ranges, "hashVersion": HASH_VERSION, "attribute": UNIT}],
    }
    return {**rule, "condition": compiled(spec.condition)} if spec.condition else rule


class GrowthBookAssigner:
    """Built once for a generation; an object of the SDK lives for one request.

    Seen arms go before everything and never reach the SDK. Needs the layer of every experiment; LookupError without.
    """

    def __init__(self, layers: Sequence[Layer], experiments: Sequence[Experiment]) -> None:
        by_key = {layer.key: layer for layer in layers}
        self._experiments = {one.key: one for one in experiments}
        self._salts = {one.key: by_key[one.spec.layer].salt for one in experiments}
        rules = {one.key: rule_of(one, by_key[one.spec.layer]) for one in experiments}
        self._conditions = {key: rule.get("condition", {}) for key, rule in rules.items()}
        self._weights = {one.key: {arm.key: arm.weight for arm in one.spec.arms} for one in experiments}
        self._features = {key: Feature(rules=[rule]) for key, rule in rules.items()}

    def choose(
        self, unit: str, attributes: Mapping[str, Any], sticky: Mapping[str, str] | None = None
    ) -> dict[str, Choice]:
        """The choice of every experiment by its key; `sticky` names arms that were seen before."""
        asked = GrowthBook(attributes={**attributes, UNIT: unit}, features=self._features)
        seen = sticky or {}
        return {key: self._one(key, asked, unit, seen.get(key, "")) for key in self._features}

    def _one(self, key: str, asked: GrowthBook, unit: str, seen: str) -> Choice:
        bucket, weights = hash2(self._salts[key], unit), self._weights[key]
        if seen in weights:
            return Choice(seen, STICKY, bucket, weights[seen])
        arm = asked.eval_feature(key).value
        if arm is None:
            return Choice(None, self._why_not(key, bucket, asked.get_attributes()), bucket)
        return Choice(arm, BY_HASH, bucket, weights[arm])

    def _why_not(self, key: str, bucket: float, attributes: Mapping[str, Any]) -> str:
        spec, condition = self._experiments[key].spec, self._conditions[key]
        if not any(inRange(bucket, one) for one in spec.ranges):
            return NOT_IN_RANGE
        if not condition or matches(condition, attributes):
            return NOT_COVERED
        missing = next((name for name in asked_of(condition) if attributes.get(name) is None), None)
        return CONDITION if missing is None else f"{MISSING}:{missing}"
