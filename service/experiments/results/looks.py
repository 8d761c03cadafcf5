"""Looks that are taken by themselves: what each found is kept for good, by whoever took it first."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, func, insert, select

from service.experiments.results.document import Health
from service.experiments.spec import Reaction
from service.stores import tables
from service.stores._upsert import table

_LOOKS = table(tables.ExperimentLooks)


class LookFound(msgspec.Struct, frozen=True):
    """What a look found, and what is done because of it: `pause`, `roll_back`, or nothing."""

    health: Health
    reaction: Reaction | None = None


class Look(NamedTuple):
    """A look as it is kept: its number from 1 on within the phase, and when it was taken."""

    experiment: str
    phase: int
    look: int
    at_us: int
    found: LookFound


def newest_looks(connection: Connection) -> dict[str, Look]:
    """The newest look at each experiment."""
    newest = select(_LOOKS.c.experiment, func.max(_LOOKS.c.at_us).label("at_us")).group_by(_LOOKS.c.experiment)
    of = newest.subquery()
    same = (_LOOKS.c.experiment == of.c.experiment) & (_LOOKS.c.at_us == of.c.at_us)
    rows = connection.execute(select(_LOOKS).join(of, same).order_by(_LOOKS.c.phase, _LOOKS.c.look))
    return {row.experiment: Look(row.experiment, row.phase, row.look, row.at_us, _found(row.document)) for row in rows}


def last_us(connection: Connection, experiment: str, phase: int) -> int | None:
    """When a phase was looked at last."""
    found: int | None = connection.scalar(select(func.max(_LOOKS.c.at_us)).where(_of(experiment, phase)))
    return found


def keep_look(
    connection: Connection, found: LookFound, at_us: int, data_sha256: str, *, unless_since_us: int
) -> int | None:
    """Keep a look under the next number; None where somebody has looked after `unless_since_us`.

    Within `begin`, which one process at a time is in: of two that looked at once one acts.
    """
    key, phase = found.health.experiment, found.health.phase
    last = last_us(connection, key, phase)
    if last is not None and last > unless_since_us:
        return None
    number = (connection.scalar(select(func.max(_LOOKS.c.look)).where(_of(key, phase))) or 0) + 1
    row = {"experiment": key, "phase": phase, "look": number, "at_us": at_us, "data_sha256": data_sha256}
    connection.execute(insert(_LOOKS).values(**row, document=msgspec.json.encode(found).decode()))
    return number


def _of(experiment: str, phase: int) -> ColumnElement[bool]:
    return (_LOOKS.c.experiment == experiment) & (_LOOKS.c.phase == phase)


def _found(document: str) -> LookFound:
    return msgspec.json.decode(document, type=LookFound)
