"""The life of experiments over a running process: the bank it knows is what an arm may name."""

from __future__ import annotations

from typing import Any

import orjson

from service.clock import iso
from service.errors import Missing
from service.experiments.documents import spec_document
from service.experiments.layering import Layering
from service.experiments.life import ExperimentLife
from service.experiments.spec import Experiment, Override
from service.policies.candidate import name_faults
from service.policies.history import shown_rows
from service.runtime import Runtime
from service.stores.protocols import Store
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError


def experiments_of(runtime: Runtime) -> ExperimentLife:
    """Acts upon experiments that are checked against the bank of today."""
    world = runtime.worlds.last()

    def check(policy: Policy) -> None:
        faults = name_faults(policy, world)
        if faults:
            raise PolicyError(faults)

    return ExperimentLife(runtime.store, check)


def layering_of(runtime: Runtime) -> Layering:
    """Acts upon layers, hold-outs and overrides."""
    return Layering(experiments_of(runtime))


def experiment_of(store: Store, key: str) -> Experiment:
    """An experiment as it stands; raises Missing."""
    found = store.experiment(key)
    if found is None:
        raise Missing("unknown_experiment", f"experiment {key}: there is none of this key")
    return found


def acts_of(store: Store, key: str) -> list[dict[str, Any]]:
    """What was done to an experiment, oldest first, each with the experiment as it was then; raises Missing."""
    experiment_of(store, key)
    rows = shown_rows(store.experiment_acts(key))
    return [{**row, "spec": orjson.loads(row["spec"])} for row in rows]


def shown_experiment(one: Experiment) -> dict[str, Any]:
    """An experiment as answers and commands tell it."""
    return {
        **{name: getattr(one, name) for name in ("key", "phase", "state", "sha256", "generation")},
        "since": iso(one.since_us),
        "spec": spec_document(one.spec),
    }


def shown_override(one: Override) -> dict[str, Any]:
    """An override as answers and commands tell it."""
    named = {name: getattr(one, name) for name in ("experiment", "customer_id", "arm", "actor", "reason")}
    return {**named, "expires_at": iso(one.expires_us)}
