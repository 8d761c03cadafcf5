"""Which parameters of a policy an experiment may change, and the policy that comes out of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from service.experiments.spec import Arm, Layer
from shelf_rules.policy import Policy
from shelf_rules.policy_load import DEFAULT, dump_policy, load_policy

OWNABLE = (
    "fixed",
    "intent",
    "wallet",
    "migratable",
    "transferable",
    "thresholds",
    "quotas",
    "ranking",
    "arrangement",
    "tasks",
    "fatigue.impressions",
    "fatigue.window_days",
    "rules",
)
"""What a layer may own, and all below it.

Left out: who is held out, cool-off after a dismissal, eligibility and campaigns (what a policy withholds is withheld on
every path), and what customers are grouped by (lifecycle, segments, scenes, placements), which results are told by.
"""
Parameters = Mapping[str, Any]
_RULES = "rules"


def ownable(path: str) -> str | None:
    """Why a layer cannot own a parameter, None where it can."""
    if not any(_within(path, owner) for owner in OWNABLE):
        return f"'{path}' is no parameter of an experiment: write one of {', '.join(OWNABLE)}, or a path below it"
    try:
        value_at(dump_policy(DEFAULT), path)
    except KeyError:
        return f"'{path}': a policy has no such parameter"
    return None


def overlap(one: str, other: str) -> bool:
    """Whether two paths name the same parameter, or one names what is inside the other."""
    return _within(one, other) or _within(other, one)


def owner_of(path: str, layers: Iterable[Layer]) -> Layer | None:
    """The layer that a parameter belongs to."""
    return next((layer for layer in layers if any(_within(path, owned) for owned in layer.parameters)), None)


def resolved(arm: Arm, layer: Layer, policy_of: Callable[[str], Policy]) -> Parameters:
    """What an arm changes: its own parameters, or those of its layer as a published version has them."""
    if arm.policy is None:
        return arm.parameters
    document = dump_policy(policy_of(arm.policy))
    return {path: value_at(document, path) for path in layer.parameters}


def merged(base: Policy, changes: Sequence[Parameters]) -> Policy:
    """The base policy with the parameters of some arms, each of another layer; raises PolicyError.

    Rules by which the base withholds products stay whatever an arm says.
    """
    document: dict[str, Any] = {}
    for parameters in changes:
        for path, value in parameters.items():
            _put(document, path, value)
    policy = load_policy(document, base)
    if _RULES not in document:
        return policy
    kept = tuple(rule for rule in base.rules if rule.then.withhold is not None)
    names = {rule.name for rule in kept}
    rules = (*kept, *(rule for rule in policy.rules if rule.name not in names))
    return load_policy(dump_policy(dataclasses.replace(policy, rules=rules)))


def value_at(document: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON
    """The value at a dotted path of a document; KeyError where there is none."""
    value: Any = document
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            raise KeyError(path)
        value = value[key]
    return value


def _put(document: dict[str, Any], path: str, value: object) -> None:
    *above, last = path.split(".")
    for key in above:
        document = document.setdefault(key, {})
    document[last] = value


def _within(path: str, owner: str) -> bool:
    return path == owner or path.startswith(f"{owner}.")
