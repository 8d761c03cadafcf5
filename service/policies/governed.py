"""The life of policies over a running process: the bank it knows is what a policy may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.pipeline.outcome import differing_paths
from service.policies.candidate import name_faults
from service.policies.life import PolicyLife
from service.policies.schedules import PolicySchedules
from service.runtime import Runtime
from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import Fault
from shelf_rules.policy_load import DEFAULT, PolicyError, load_policy


def life_of(runtime: Runtime) -> PolicyLife:
    """Acts upon policies that are checked against the bank of today."""
    world = runtime.worlds.last()

    def check(policy: Policy) -> None:
        faults = name_faults(policy, world)
        if faults:
            raise PolicyError(faults)

    return PolicyLife(runtime.store, check)


def schedules_of(runtime: Runtime) -> PolicySchedules:
    """Plans over them."""
    return PolicySchedules(runtime.store, life_of(runtime))


def policy_faults(runtime: Runtime, document: Mapping[str, Any], base: Policy = DEFAULT) -> list[Fault]:
    """All that is wrong with a document over its base, none where it may be published."""
    try:
        policy = load_policy(document, base)
    except PolicyError as error:
        return list(error.faults)
    return name_faults(policy, runtime.worlds.last())


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Paths at which two policies differ, with both values; their names and numbers do not count."""
    hidden = {"name", "version"}
    first, second = ({key: value for key, value in each.items() if key not in hidden} for each in (one, other))
    return [{"path": path, "from": before, "to": after} for path, before, after in differing_paths(first, second)]
