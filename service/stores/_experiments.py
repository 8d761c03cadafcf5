"""Layers, hold-outs, experiments and overrides in the database: how they are read, now or as of a generation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Subquery, Table, func, select

from service.errors import Conflict
from service.experiments.spec import Experiment, InForce, Layer, LayerHoldout, Override, Spec
from service.stores import tables
from service.stores._upsert import table

_LAYERS, _HOLDOUTS = table(tables.Layers), table(tables.LayerHoldouts)
_ACTS, _OVERRIDES = table(tables.ExperimentActs), table(tables.ExperimentOverrides)
_ACTIVATIONS = table(tables.Activations)
_STANDING = tuple(_ACTS.c[name] for name in ("key", "phase", "state", "spec", "sha256", "generation", "at_us"))
_LIVE = ("running", "paused")
_EVERY_LAYER = "*"
T = TypeVar("T")


class ExperimentStore(Protocol):
    """Experiments with their layers, hold-outs and overrides; `service.experiments` writes them, within `begin`."""

    def experiments_in_force(self, generation: int | None = None) -> InForce:
        """What runs or is paused in a generation, the newest by default, with all that it hangs on.

        Overrides that had expired before the generation began are left out. A row that another release wrote, and
        that cannot be read here, is told in `unreadable` and fails nothing else.
        """

    def experiment(self, key: str) -> Experiment | None:
        """An experiment as it stands; raises Conflict where its row cannot be read."""

    def experiments(self) -> list[Experiment]:
        """All experiments as they stand, by key; those whose rows cannot be read are left out."""

    def experiment_acts(self, key: str) -> list[dict[str, Any]]:
        """All acts upon an experiment in their order: the columns of `experiment_acts`."""

    def layers(self) -> list[Layer]:
        """All layers, by key; raises Conflict where the row of one cannot be read."""

    def holdouts(self) -> list[LayerHoldout]:
        """All hold-outs of layers as they stand, ended ones too, by key; Conflict as for `layers`."""

    def overrides(self, experiment: str, now_us: int) -> list[Override]:
        """Overrides of an experiment that have not expired, by customer."""


def in_force(connection: Connection, generation: int | None = None) -> InForce:
    """What runs or is paused in a generation, the newest by default, with all that it hangs on."""
    since_us = connection.scalar(_began(generation)) or 0
    found, unreadable = _readable(standing(connection, _LIVE, generation), _experiment)
    try:
        holdouts = tuple(one for one in holdouts_of(connection, generation) if not one.ended)
    except Conflict as error:  # who is held out is not known: nobody is in an experiment
        return InForce(unreadable=unreadable | {one.key: str(error) for one in found})
    named = {one.spec.layer for one in found} | {one.layer for one in holdouts} - {_EVERY_LAYER}
    known, strange = _readable(_layer_rows(connection, named) if named else (), _layer)
    unreadable |= {one.key: strange[one.spec.layer] for one in found if one.spec.layer in strange}
    ready = tuple(one for one in found if one.key not in unreadable)
    return InForce(
        layers=tuple(known),
        holdouts=holdouts,
        experiments=ready,
        overrides=_overrides(connection, ready, since_us, generation) if ready else (),
        unreadable=unreadable,
    )


def experiment(connection: Connection, key: str) -> Experiment | None:
    """An experiment as it stands; raises Conflict where its row cannot be read."""
    statement = select(*_STANDING).where(_ACTS.c.key == key).order_by(_ACTS.c.seq.desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _experiment(row)


def experiments(connection: Connection, states: Sequence[str]) -> list[Experiment]:
    """All experiments in one of these states, by key; raises Conflict where the row of one cannot be read."""
    return [_experiment(row) for row in standing(connection, states)]


def readable_experiments(connection: Connection) -> list[Experiment]:
    """All experiments as they stand, by key; those whose rows cannot be read are left out."""
    return _readable(standing(connection), _experiment)[0]


def standing(
    connection: Connection, states: Sequence[str] = (), generation: int | None = None
) -> Sequence[Row[Any, Any]]:
    """The newest row of each experiment, in or before a generation, in any of these states or in all; not decoded."""
    newest = _newest(_ACTS, generation, "key")
    statement = select(*_STANDING).join(newest, _ACTS.c.seq == newest.c.seq).order_by(_ACTS.c.key)
    return connection.execute(statement.where(_ACTS.c.state.in_(states)) if states else statement).all()


def layers(connection: Connection) -> list[Layer]:
    """All layers, by key; raises Conflict where the row of one cannot be read."""
    return [_layer(row) for row in _layer_rows(connection)]


def holdouts_of(connection: Connection, generation: int | None = None) -> list[LayerHoldout]:
    """All hold-outs of layers as they stand in a generation, ended ones too, by key; Conflict as for `layers`."""
    newest = _newest(_HOLDOUTS, generation, "key")
    columns = (_HOLDOUTS.c.key, _HOLDOUTS.c.document)
    statement = select(*columns).join(newest, _HOLDOUTS.c.seq == newest.c.seq).order_by(_HOLDOUTS.c.key)
    return [_decoded(f"hold-out {row.key}", row.document, LayerHoldout) for row in connection.execute(statement)]


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


def _layer_rows(connection: Connection, named: Iterable[str] | None = None) -> Sequence[Row[Any, Any]]:
    statement = select(_LAYERS.c.key, _LAYERS.c.document).order_by(_LAYERS.c.key)
    return connection.execute(statement if named is None else statement.where(_LAYERS.c.key.in_(named))).all()


def _experiment(row: Any) -> Experiment:  # noqa: ANN401 - a row of `_STANDING`
    spec = _decoded(f"experiment {row.key}", row.spec, Spec)
    return Experiment(spec, row.phase, row.state, row.sha256, row.generation, row.at_us)


def _layer(row: Any) -> Layer:  # noqa: ANN401 - a row of `_layer_rows`
    return _decoded(f"layer {row.key}", row.document, Layer)


def _decoded(what: str, document: str, shape: type[T]) -> T:
    """A document of the database; raises Conflict for one that another release wrote otherwise."""
    try:
        return msgspec.json.decode(document, type=shape)
    except msgspec.DecodeError as error:
        raise Conflict("unreadable", f"{what} cannot be read by this release: {error}") from None


def _readable(rows: Iterable[Any], read: Callable[[Any], T]) -> tuple[list[T], dict[str, str]]:
    """What can be read of rows with keys, and by its key why the rest cannot."""
    found, unreadable = [], {}
    for row in rows:
        try:
            found.append(read(row))
        except Conflict as error:
            unreadable[row.key] = str(error)
    return found, unreadable


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
