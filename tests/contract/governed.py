"""Policies of a small bank, and what its stores say of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from service.errors import ApiError
from service.experiments.documents import read_spec
from service.experiments.layering import Layering
from service.experiments.life import ExperimentLife
from service.experiments.measures import MEASURES
from service.experiments.spec import Layer, Spec
from service.policies.audit import verify
from service.policies.life import Draft, PolicyLife
from service.rules import policy_record
from service.stores import tables
from service.stores._policies import Act, rows_of
from service.stores.protocols import PolicyRecord, Store
from tests.factories import NOW_US

HOUR_US = 3_600_000_000
_PATH = "arrangement.category_cap"
NAME = "default"


def cap(number: int) -> dict[str, Any]:
    """A policy that differs from the others."""
    return {"arrangement": {"category_cap": number}}


def record(version: int, name: str = NAME) -> PolicyRecord:
    return policy_record(cap(version), name, version)


def act(actor: str = "anna", comment: str = "", at_us: int = NOW_US) -> Act:
    return Act(actor, at_us, comment)


def experiment(key: str = "softer", **changes: Any) -> Spec:
    """An experiment over the layer `wallet`."""
    arms = ({"key": "control", "weight": 0.5}, {"key": "wide", "weight": 0.5, "parameters": {_PATH: 3}})
    metric = {"key": "clicks", "kind": "proportion", "num": min(MEASURES)}
    document = {"key": key, "layer": "wallet", "hypothesis": "more of it is opened", "arms": list(arms)}
    return read_spec({**document, "primary": [metric], **changes})


def with_layer(store: Store) -> Layering:
    """Acts upon the layers of a store that has one."""
    found = Layering(ExperimentLife(store))
    found.make(act("di"), Layer("wallet", (_PATH,)))
    return found


def approved(life: PolicyLife, number: int = 2) -> int:
    """A version of `cap(number)` that Anna wrote and Bo approved."""
    version = life.draft(act(), NAME, Draft(cap(number))).version
    life.submit(act(), NAME, version)
    life.judge(act("bo"), NAME, version, "approve")
    return version


def published(life: PolicyLife, number: int = 2) -> int:
    version = approved(life, number)
    life.publish(act("cy"), NAME, version)
    return version


def in_force(store: Store) -> tuple[int, int]:
    """(generation, version) in force."""
    generation, found = store.active_policy()
    return generation, found.version


def all_rows(store: Store) -> dict[str, list[dict[str, Any]]]:
    with store.connect() as connection:
        models = (*MODELS, tables.Audit, tables.Versions)
        return {model.__name__: rows_of(connection, model) for model in models}


MODELS = (
    tables.Policies,
    tables.PolicyApprovals,
    tables.Activations,
    tables.PolicySchedules,
    tables.PolicyScheduleSteps,
    tables.PolicyShadows,
    tables.PolicyShadowStops,
    tables.Layers,
    tables.LayerHoldouts,
    tables.ExperimentActs,
    tables.ExperimentOverrides,
)


def fault(store: Store, head: str = "") -> str | None:
    with store.connect() as connection:
        return verify(connection, head).fault


def race(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Results of calls made at once, errors of ours among them."""
    results: list[object] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(at: int) -> None:
        gate.wait()
        try:
            results[at] = calls[at]()
        except ApiError as error:
            results[at] = error

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
