"""Experiments and the parameters of layers as flags, in the shapes of OFREP 0.3.0 (OpenFeature's remote evaluation)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.experiments.parameters import owner_of, value_at
from service.experiments.spec import Assignment, Experiment
from service.pipeline.asking import AskedAssignments
from shelf_rules.policy_load import dump_policy

PARAMETER = "parameter:"
"""Begins the key of a flag that is a parameter of a layer; its dotted path follows."""
NO_VARIANT = "none"

Flag = dict[str, Any]


def flag_of(found: AskedAssignments, key: str) -> Flag | None:
    """One flag of a customer, None where there is none of that key.

    An experiment that the customer is not in has no value: OFREP then has the caller use its own.
    """
    if key.startswith(PARAMETER):
        return _parameter(found, key, dump_policy(found.policy))
    experiment = next((one for one in found.running.in_force.experiments if one.key == key), None)
    return None if experiment is None else _experiment(found, experiment)


def flags_of(found: AskedAssignments) -> Iterator[Flag]:
    """Every flag of a customer: experiments in force, then the parameters that layers own."""
    for experiment in found.running.in_force.experiments:
        yield _experiment(found, experiment)
    policy = dump_policy(found.policy)
    for layer in found.running.layers.values():
        for path in layer.parameters:
            flag = _parameter(found, PARAMETER + path, policy)
            if flag is not None:
                yield flag


def _experiment(found: AskedAssignments, experiment: Experiment) -> Flag:
    assigned = _assignment(found, experiment.key)
    if assigned is not None:
        metadata: dict[str, Any] = {"phase": assigned.phase, "source": assigned.source}
        flag = _flag(experiment.key, _reason(assigned), assigned.arm, metadata)
        return {**flag, "value": assigned.arm}
    is_asked = experiment.key in found.running.experiments and found.mode in {"personal", "holdout"}
    why = next((step.why for step in found.steps if step.experiment == experiment.key), experiment.state)
    told: dict[str, Any] = {"phase": experiment.phase, "source": why}
    return _flag(experiment.key, "DEFAULT" if is_asked else "DISABLED", NO_VARIANT, told)


def _parameter(found: AskedAssignments, key: str, policy: Mapping[str, Any]) -> Flag | None:
    path = key.removeprefix(PARAMETER)
    layer = owner_of(path, found.running.layers.values())
    if layer is None:
        return None
    try:
        value = value_at(policy, path)
    except (KeyError, TypeError):
        return None
    mine = {step.experiment for step in found.steps if step.layer == layer.key and step.arm is not None}
    assigned = next((one for one in found.assigned.assignments if one.experiment in mine), None)
    if assigned is None:
        flag = _flag(key, "STATIC", NO_VARIANT, {"layer": layer.key, "source": "policy"})
    else:
        told = {"layer": layer.key, "experiment": assigned.experiment}
        flag = _flag(key, _reason(assigned), assigned.arm, {**told, "phase": assigned.phase, "source": assigned.source})
    return flag if value is None else {**flag, "value": value}


def _assignment(found: AskedAssignments, key: str) -> Assignment | None:
    return next((one for one in found.assigned.assignments if one.experiment == key), None)


def _reason(assigned: Assignment) -> str:
    return "TARGETING_MATCH" if assigned.source == "override" else "SPLIT"


def _flag(key: str, reason: str, variant: str, metadata: Mapping[str, Any]) -> Flag:
    return {"key": key, "reason": reason, "variant": variant, "metadata": dict(metadata)}
