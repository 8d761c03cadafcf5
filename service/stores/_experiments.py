"""Layers, hold-outs, experiments and overrides in the database: how they are read, now or as of a generation."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Subquery, Table, func, select

from service.experiments.spec import Experiment, InForce, Layer, LayerHoldout, Override, Spec
from service.stores import tables
from service.stores._upsert import table

_LAYERS, _HOLDOUTS = table(tables.Layers), table(tables.LayerHoldouts)
_ACTS, _OVERRIDES = table(tables.ExperimentActs), table(tables.ExperimentOverrides)
_ACTIVATIONS = table(tables.Activations)
_STANDING = tuple(_ACTS.c[name] for name in ("key", "phase", "state", "spec", "sha256", "generation", "at_us"))
_LIVE = ("running", "paused")
_EVERY_LAYER = "*"


class ExperimentStore(Protocol):
    """Experiments with their layers, hold-outs and overrides; `service.experiments` writes them, within `begin`."""

    def experiments_in_force(self, generation: int | None = None) -> InForce:
        """What runs or is paused in a generation, the newest by default, with all that it hangs on.

        Overrides that had expired before the generation began are left out.
        """

    def experiment(self, key: str) -> Experiment | None:
        """An experiment as it stands."""

    def experiments(self) -> list[Experiment]:
        """All experiments as they stand, by key."""

    def experiment_acts(self, key: str) -> list[dict[str, Any]]:
        """All acts upon an experiment in their order: the columns of `experiment_acts`."""

    def layers(self) -> list[Layer]:
        """All layers, by key."""

    def holdouts(self) -> list[LayerHoldout]:
        """All hold-outs of layers as they stand, ended ones too, by key."""

    def overrides(self, experiment: str, now_us: int) -> list[Override]:
        """Overrides of an experiment that have not expired, by customer."""


def in_force(connection: Connection, generation: int | None = None) -> InForce:
    """What runs or is paused in a generation, the newest by default, with all that it hangs on."""
    since_us = connection.scalar(_began(generation)) or 0
    found = tuple(one for one in _standing(connection, generation) if one.state in _LIVE)
    holdouts = tuple(one for one in holdouts_of(connection, generation) if not one.ended)
    named = {one.spec.layer for one in found} | {one.layer for one in holdouts} - {_EVERY_LAYER}
    return InForce(
        layers=tuple(layer for layer in layers(connection) if layer.key in named) if named else (),
        holdouts=holdouts,
        experiments=found,
        overrides=_overrides(connection, found, since_us, generation) if found else (),
    )


def experiment(connection: Connection, key: str) -> Experiment | None:
    """An experiment as it stands."""
    statement = select(*_STANDING).where(_ACTS.c.key == key).order_by(_ACTS.c.seq.desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _experiment(row)


def experiments(connection: Connection) -> list[Experiment]:
    """All experiments as they stand, by key."""
    return _standing(connection, None)


def layers(connection: Connection) -> list[Layer]:
    """All layers, by key."""
    documents = connection.scalars(select(_LAYERS.c.document).order_by(_LAYERS.c.key))
    return [msgspec.json.decode(document, type=Layer) for document in documents]


def holdouts_of(connection: Connection, generation: int | None = None) -> list[LayerHoldout]:
    """All hold-outs of layers as they stand in a generation, ended ones too, by key."""
    newest = _newest(_HOLDOUTS, generation, "key")
    statement = select(_HOLDOUTS.c.document).join(newest, _HOLDOUTS.c.seq == newest.c.seq).order_by(_HOLDOUTS.c.key)
    return [msgspec.json.decode(document, type=LayerHoldout) for document in connection.scalars(statement)]


def overrides(connection: Connection, found: Experiment, now_us: int) -> list[Override]:
    """Overrides of an experiment that have not expired, by customer."""
    return list(_overrides(connection, (found,), now_us, None))


def _began(generation: int | None) -> Any:  # noqa: ANN401 - a statement
    at = select(func.max(_ACTIVATIONS.c.generation)).scalar_subquery() if generation is None else generation
    return select(_ACTIVATIONS.c.at_us).where(_ACTIVATIONS.c.generation == at)


def _newest(of: Table, generation: int | None, *keys: str) -> Subquery:
    """The number of the newest row of each key, in or before a generation."""
    columns = [of.c[name] for name in keys]
    statement = select(func.max(of.c.seq).label("seq")).group_by(*columns)
    return (statement if generation is None else statement.where(of.c.generation <= generation)).subquery()


def _standing(connection: Connection, generation: int | None) -> list[Experiment]:
    newest = _newest(_ACTS, generation, "key")
    statement = select(*_STANDING).join(newest, _ACTS.c.seq == newest.c.seq).order_by(_ACTS.c.key)
    return [_experiment(row) for row in connection.execute(statement)]


def _experiment(row: Any) -> Experiment:  # noqa: ANN401 - a row of `_STANDING`
    spec = msgspec.json.decode(row.spec, type=Spec)
    return Experiment(spec, row.phase, row.state, row.sha256, row.generation, row.at_us)


def _overrides(
    connection: Connection, of: tuple[Experiment, ...], after_us: int, generation: int | None
) -> tuple[Override, ...]:
    """Those that have not expired at a time, into an arm that the experiment has."""
    arms = {one.key: {arm.key for arm in one.spec.arms} for one in of}
    newest = _newest(_OVERRIDES, generation, "experiment", "customer_id")
    columns = tuple(_OVERRIDES.c[name] for name in Override.__struct_fields__)
    statement = (
        select(*columns)
        .join(newest, _OVERRIDES.c.seq == newest.c.seq)
        .where(_OVERRIDES.c.arm.is_not(None), _OVERRIDES.c.expires_us > after_us)
        .where(_OVERRIDES.c.experiment.in_(arms))
        .order_by(_OVERRIDES.c.experiment, _OVERRIDES.c.customer_id)
    )
    found = (Override(*row) for row in connection.execute(statement))
    return tuple(one for one in found if one.arm in arms[one.experiment])
