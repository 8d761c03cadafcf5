"""Running experiments as a GrowthBook payload, and what of GrowthBook's own documents is refused here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.experiments.conditions import Fault
from service.experiments.growthbook_assigner import HASH_VERSION, rule_of
from service.experiments.spec import Experiment, Layer

_NAMESPACE = "GrowthBook's namespaces hash with version 1; name a layer and ranges instead"
_VERSION = (
    "hash version 1 makes experiments depend on each other; version 2 is the only one here: leave hashVersion out"
)


def payload(layers: Sequence[Layer], experiments: Sequence[Experiment]) -> dict[str, Any]:
    """What a GrowthBook SDK evaluates to the arms that the service chooses by hash; a feature for each experiment.

    Its attribute `unit` is the customer's pseudonym. Seen arms, overrides and hold-outs are the service's own.
    """
    by_key = {layer.key: layer for layer in layers}
    features = {one.key: {"defaultValue": None, "rules": [rule_of(one, by_key[one.spec.layer])]} for one in experiments}
    return {"features": features}


def growthbook_faults(document: object) -> list[Fault]:
    """What an experiment written in GrowthBook's terms may not say: paths and what to write instead."""
    if not isinstance(document, Mapping):
        return []
    faults = [("namespace", _NAMESPACE)] if "namespace" in document else []
    if "hashVersion" in document and not _is_version_2(document["hashVersion"]):
        faults.append(("hashVersion", _VERSION))
    return faults


def _is_version_2(value: object) -> bool:
    return value == HASH_VERSION and not isinstance(value, bool)
