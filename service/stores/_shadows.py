"""Shadows in the database: which policy version is computed beside the one in force, and what came of each decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Select, func, select

from service.policies.shadow_record import ShadowRecord, ShadowResult
from service.stores import tables
from service.stores._upsert import insert_new, table

_SHADOWS, _STOPS = table(tables.PolicyShadows), table(tables.PolicyShadowStops)
_RESULTS = table(tables.PolicyShadowResults)
_OWN = ("seq", "name", "version", "content", "sha256", "share", "actor", "at_us")
_FOUND = select(*(_SHADOWS.c[name] for name in _OWN), _STOPS.c.actor, _STOPS.c.at_us).outerjoin(
    _STOPS, _STOPS.c.shadow == _SHADOWS.c.seq
)
_NEWEST = _FOUND.order_by(_SHADOWS.c.seq.desc()).limit(1)
_RUNNING = _NEWEST.where(_STOPS.c.shadow.is_(None))


class ShadowStore(Protocol):
    """Policy versions that are computed beside the one in force; `service.policies` starts and stops them."""

    def shadow(self, name: str = "", version: int = 0) -> ShadowRecord | None:
        """The shadow that runs; with a name and a version their newest one, running or not."""

    def put_shadow_results(self, results: Sequence[ShadowResult]) -> dict[int, int]:
        """Keep what became of decisions, each once; how many are kept now of every shadow named."""

    def shadow_results(self, seq: int) -> Iterator[ShadowResult]:
        """What became of each decision, in the order of their ids."""


def shadow(connection: Connection, name: str = "", version: int = 0) -> ShadowRecord | None:
    """The shadow that runs; with a name and a version their newest one, running or not."""
    statement: Select[Any] = _RUNNING
    if name:
        statement = _NEWEST.where((_SHADOWS.c.name == name) & (_SHADOWS.c.version == version))
    row = connection.execute(statement).one_or_none()
    return None if row is None else ShadowRecord(*row)


def put_results(connection: Connection, results: Sequence[ShadowResult]) -> dict[int, int]:
    """Keep what became of decisions, each once; how many are kept now of every shadow named."""
    insert_new(connection, _RESULTS, [result._asdict() for result in results])
    kept = select(_RESULTS.c.shadow, func.count()).group_by(_RESULTS.c.shadow)
    named = kept.where(_RESULTS.c.shadow.in_({result.shadow for result in results}))
    return {row[0]: row[1] for row in connection.execute(named)}


def results(connection: Connection, seq: int) -> Iterator[ShadowResult]:
    """What became of each decision, in the order of their ids."""
    statement = select(_RESULTS).where(_RESULTS.c.shadow == seq).order_by(_RESULTS.c.decision_id)
    return (ShadowResult(*row) for row in connection.execute(statement).all())
