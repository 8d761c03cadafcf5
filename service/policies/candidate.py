"""What is previewed: a stored version or a document that nobody has stored yet, in a world of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import orjson

from service.errors import Missing
from service.experiments.running import NOTHING_RUNS
from service.rules import policy_record
from service.stores.protocols import Store
from service.tags import mean_quality
from service.world import World
from shelf_rules.condition import Condition
from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import Fault
from shelf_rules.policy_load import DEFAULT, PolicyError, load_policy
from shelf_rules.policy_names import check_names

_RULE = "rules[0].when"


def stored(store: Store, name: str, version: int) -> Policy:
    """A stored version, whatever its state; raises Missing, and PolicyError for one that this release cannot read."""
    found = store.policy(name, version)
    if found is None:
        raise Missing("unknown_policy", f"policy {name}@{version}: no such version")
    return load_policy(orjson.loads(found.content))


def unsaved(store: Store, document: Mapping[str, Any], name: str = "", base: int | None = None) -> Policy:
    """What a document says over a version of its name, or over the defaults, as the version it would be stored as.

    Without a name it is the next version of the policy in force. Raises Missing, and PolicyError with all faults.
    """
    name = name or store.active_policy()[1].name
    over = DEFAULT if base is None else stored(store, name, base)
    known = store.policies(name)
    record = policy_record(document, name, known[-1].version + 1 if known else 1, over)
    return load_policy(orjson.loads(record.content))


def condition_of(document: Mapping[str, Any], policy: Policy, world: World) -> Condition:
    """A condition as a rule of this policy could have it; raises PolicyError with all faults under `where`."""
    rule = {"name": "where", "when": document, "then": {"tasks": False}}
    try:
        asking = load_policy({"rules": [rule]}, policy)
        faults = [fault for fault in name_faults(asking, world) if fault[0].startswith(_RULE)]
    except PolicyError as error:
        faults = list(error.faults)
    if faults:
        raise PolicyError([(path.replace(_RULE, "where", 1), message) for path, message in faults])
    return asking.rules[0].when


def beside(world: World, policy: Policy) -> tuple[World, World]:
    """The world in force and the one with the policy in it; raises PolicyError for one that names what is not there."""
    faults = name_faults(policy, world)
    if faults:
        raise PolicyError(faults)
    return world, world_under(world, policy)


def world_under(world: World, policy: Policy) -> World:
    """The same catalogue, model, tags and law under another policy, with no experiments over it.

    It belongs to no generation and is kept nowhere.
    """
    label = f"{policy.name}@{policy.version}"
    return dataclasses.replace(
        world,
        policy=policy,
        policy_label=label,
        rules_sha="",
        tag_quality=mean_quality(world.tags, policy.unmeasured_quality),
        labels={**world.labels, "policy": label, "generation": None},
        running=NOTHING_RUNS,
    )


def name_faults(policy: Policy, world: World) -> list[Fault]:
    """What a policy names that the bank does not have."""
    return list(check_names(policy, world.catalogue, world.tags, world.regime))
