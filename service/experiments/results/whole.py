"""The results and the health of an experiment, made from what the store holds at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection, select

from service.clock import iso
from service.experiments.growthbook_assigner import GrowthBookAssigner
from service.experiments.results.alarms import alarms
from service.experiments.results.checks import Around, Epoch, check, funnel
from service.experiments.results.document import Health, Moved, Results, Said
from service.experiments.results.estimating import Estimated, Look, estimate
from service.experiments.results.logged import Redo, read_log
from service.experiments.results.reading import Span, read_units
from service.experiments.results.units import DAY_US, TIERS, Units, Window, windows_of
from service.experiments.results.verdict import verdict_of
from service.experiments.spec import Experiment, Spec
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import Store

_OVERRIDES = table(tables.ExperimentOverrides)
_UNTRUSTED = Said(
    "withheld",
    "结果不可信，数字不予显示",
    "the numbers are withheld because the experiment cannot be trusted; ask for them with untrusted=true",
)
_SO_FAR = Said(
    "immature", "包括窗口未满的客户", "customers whose window has not passed are counted with what they did so far"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an experiment: as of when, whether customers must be mature, and numbers that are not trusted.

    `unit_ref` makes the hash unit of a customer id, for the check of assignments; `cancel_days` as in `Span`; `unfit`
    says of experiments why they cannot run over the policy in force.
    """

    as_of_us: int
    mature_only: bool = True
    untrusted: bool = False
    unit_ref: Callable[[str], str] | None = None
    cancel_days: Sequence[int] = (7,)
    unfit: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """An experiment with its customers and what is known around them."""

    experiment: Experiment
    units: Units
    around: Around
    started_us: int | None


def results_of(store: Store, key: str, asked: Asked) -> Results:
    """The whole document; raises LookupError where there is no such experiment."""
    return told(read(store, key, asked), asked)


def health_of(store: Store, key: str, asked: Asked) -> Health:
    """Its health alone; raises LookupError where there is no such experiment."""
    found = read(store, key, asked)
    return check(found.experiment, found.units, found.around, asked.as_of_us)


def read(store: Store, key: str, asked: Asked) -> Read:
    """Read an experiment's phase up to a time; raises LookupError where there is no such experiment."""
    experiment = store.experiment(key)
    if experiment is None:
        raise LookupError(f"experiment {key}: there is none")
    acts = [act for act in store.experiment_acts(key) if act["phase"] == experiment.phase]
    epochs = epochs_of(acts)
    started_us = epochs[0].since_us if epochs else None
    redo = _redo(store, experiment, asked.unit_ref)
    with store.connect() as connection:
        since_us = asked.as_of_us if started_us is None else started_us
        overridden = _overridden(connection, experiment, since_us)
        span = Span(experiment, since_us, asked.as_of_us, overridden, asked.cancel_days)
        units, around = _units(connection, span, (epochs or [_only(experiment, since_us)], redo))
        raised = alarms(connection, key, experiment.phase, asked.as_of_us)
    unfit = asked.unfit.get(key) if experiment.state == "running" else None
    return Read(experiment, units, replace(around, raised=raised, unfit=unfit), started_us)


def told(found: Read, asked: Asked) -> Results:
    """The document of what was read; pure."""
    experiment, units, spec = found.experiment, found.units, found.experiment.spec
    health = check(experiment, units, found.around, asked.as_of_us)
    since_us = asked.as_of_us if found.started_us is None else found.started_us
    estimated = estimate(experiment, units, Look(asked.as_of_us, since_us, asked.mature_only))
    days = max(asked.as_of_us - since_us, 0) / DAY_US
    is_withheld = not health.is_trusted and not asked.untrusted
    shown = Estimated((), (), (), estimated.has_planned) if is_withheld else estimated
    notes = ((_UNTRUSTED,) if is_withheld else ()) + (() if asked.mature_only else (_SO_FAR,))
    return Results(
        verdict=verdict_of(experiment, health, estimated, days),
        withheld_numbers=is_withheld,
        experiment=spec.key,
        phase=experiment.phase,
        state=experiment.state,
        hypothesis=spec.hypothesis,
        generation=experiment.generation,
        as_of=iso(asked.as_of_us),
        started_at=None if found.started_us is None else iso(found.started_us),
        days=days,
        min_days=spec.min_days,
        planned_customers=spec.n_star,
        has_planned=estimated.has_planned,
        mature_only=asked.mature_only,
        alpha=spec.alpha,
        n_star=spec.n_star,
        control=spec.arms[0].key,
        arms=tuple(arm.key for arm in spec.arms),
        customers=health.exposed,
        data_sha256=units.sha256(),
        health=msgspec.structs.replace(health, guardrails=()) if is_withheld else health,
        funnel=funnel(spec, units, found.around),
        metrics=shown.metrics,
        parts=shown.parts,
        curve=shown.curve,
        tiers_seen=() if is_withheld else tuple(_tiers_seen(units, spec)),
        notes=notes,
    )


def epochs_of(acts: Sequence[dict[str, Any]]) -> list[Epoch]:
    """The allocations of a phase, from its acts in their order; an act that leaves it alone makes none."""
    found: list[Epoch] = []
    for act in acts:
        if act["state"] != "running":
            continue
        spec = msgspec.json.decode(act["spec"], type=Spec)
        allocation = spec.coverage, tuple(arm.weight for arm in spec.arms)
        if not found or found[-1][1:] != allocation:
            found.append(Epoch(act["at_us"], *allocation))
    return found


def _only(experiment: Experiment, since_us: int) -> Epoch:
    return Epoch(since_us, experiment.spec.coverage, tuple(arm.weight for arm in experiment.spec.arms))


def _units(connection: Connection, span: Span, of: tuple[Sequence[Epoch], Redo | None]) -> tuple[Units, Around]:
    spec, (epochs, redo) = span.experiment.spec, of
    after, before = windows_of(spec)
    days = max((metric.window_days for metric in spec.primary), default=7)
    clicks, buys = ("clicks", days), ("purchases", days)
    found = read_units(connection, span, (after | {clicks, buys}, before))
    units, logged = found.units(), read_log(connection, span)
    sampled, differing = logged.drifted(redo)
    return units, Around(
        epochs=epochs,
        several=found.several,
        overridden=found.overridden,
        sampled=sampled,
        differing=differing,
        assigned=[len(one) for one in logged.assigned],
        clicked=_having(units, clicks, spec),
        converted=_having(units, buys, spec),
        fallbacks=logged.shares(),
    )


def _having(units: Units, window: Window, spec: Spec) -> list[int]:
    having = units.arm[units.after[window] > 0]
    return [int(count) for count in np.bincount(having, minlength=len(spec.arms))]


def _overridden(connection: Connection, experiment: Experiment, since_us: int) -> frozenset[str]:
    """Customers whom an override has put into an arm while the phase ran."""
    statement = select(_OVERRIDES.c.customer_id).where(
        _OVERRIDES.c.experiment == experiment.key, _OVERRIDES.c.arm.is_not(None), _OVERRIDES.c.expires_us > since_us
    )
    return frozenset(connection.scalars(statement))


def _redo(store: Store, experiment: Experiment, unit_ref: Callable[[str], str] | None) -> Redo | None:
    """Assign anew whoever was once in, so without the condition; ramps move nobody, sticky arms are not drawn."""
    if unit_ref is None or experiment.spec.sticky:
        return None
    layers = tuple(layer for layer in store.layers() if layer.key == experiment.spec.layer)
    spec = msgspec.structs.replace(experiment.spec, condition={})
    assigner = GrowthBookAssigner(layers, [msgspec.structs.replace(experiment, spec=spec)])
    return lambda customer_id: assigner.choose(unit_ref(customer_id), {})[experiment.key].arm


def _tiers_seen(units: Units, spec: Spec) -> list[Moved]:
    if units.tiers is None:
        return []
    found = []
    for number, arm in enumerate(spec.arms):
        counts = np.bincount(units.tiers[units.arm == number], minlength=1 << len(TIERS))
        for mask in np.flatnonzero(counts).tolist():
            tiers = tuple(tier for bit, tier in enumerate(TIERS) if mask >> bit & 1)
            found.append(Moved(arm.key, tiers, int(counts[mask])))
    return found
