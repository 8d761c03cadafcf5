"""Policy versions, verdicts, activations and schedules: how they are read, and written with their audit row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Table, and_, func, insert, select, update
from sqlmodel import SQLModel

from service.stores import _audit, tables
from service.stores._upsert import table
from service.stores.protocols import PolicyRecord, PolicyVersion

Row = Mapping[str, Any]

_POLICIES, _ACTIVATIONS, _VERSIONS = table(tables.Policies), table(tables.Activations), table(tables.Versions)
_APPROVALS, _SCHEDULES = table(tables.PolicyApprovals), table(tables.PolicySchedules)
_STEPS, _SHADOWS, _STOPS = (
    table(tables.PolicyScheduleSteps),
    table(tables.PolicyShadows),
    table(tables.PolicyShadowStops),
)
_POLICY = tuple(_POLICIES.c[name] for name in PolicyVersion.__slots__)
_EXPERIMENTS = (tables.Layers, tables.LayerHoldouts, tables.ExperimentActs, tables.ExperimentOverrides)
_PLAIN = (_POLICIES, _APPROVALS, _ACTIVATIONS, _SCHEDULES, _STEPS, _SHADOWS, _STOPS)
GOVERNED: tuple[Table, ...] = (*_PLAIN, *(table(model) for model in _EXPERIMENTS))
"""Tables whose rows the audit log tells whole, but for contents, of which it tells the SHA-256."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and what is said of it."""

    actor: str
    at_us: int
    comment: str = ""


def policy(connection: Connection, name: str, version: int) -> PolicyVersion | None:
    """A version as it is now."""
    of = (_POLICIES.c.name == name) & (_POLICIES.c.version == version)
    row = connection.execute(select(*_POLICY).where(of)).one_or_none()
    return None if row is None else _version(row)


def policies(connection: Connection, name: str = "") -> list[PolicyVersion]:
    """All versions, or those of a name, by name and version."""
    statement = select(*_POLICY).order_by(_POLICIES.c.name, _POLICIES.c.version)
    return [
        _version(row) for row in connection.execute(statement.where(_POLICIES.c.name == name) if name else statement)
    ]


def _version(row: Any) -> PolicyVersion:  # noqa: ANN401 - a row of `_POLICY`
    return PolicyVersion(**{**row._mapping, "authors": tuple(orjson.loads(row.authors))})


def generation(connection: Connection) -> int:
    """The newest generation, 0 before the first."""
    return connection.scalar(select(func.max(_ACTIVATIONS.c.generation))) or 0


def active_policy(connection: Connection, at: int | None = None) -> tuple[int, PolicyRecord]:
    """The last policy activated, in or before a generation. LookupError: none was."""
    of_record = (_POLICIES.c.name == _ACTIVATIONS.c.name) & (_POLICIES.c.version == _ACTIVATIONS.c.version)
    columns = (_POLICIES.c.name, _POLICIES.c.version, _POLICIES.c.content, _POLICIES.c.sha256)
    statement = select(_ACTIVATIONS.c.generation, *columns).join(_POLICIES, of_record)
    if at is not None:
        statement = statement.where(_ACTIVATIONS.c.generation <= at)
    row = connection.execute(statement.order_by(_ACTIVATIONS.c.generation.desc()).limit(1)).one_or_none()
    if row is None:
        raise LookupError("no policy has been published")
    return row[0], PolicyRecord(*row[1:])


def was_active(connection: Connection, name: str, version: int) -> bool:
    """Whether a version has ever been in force."""
    of = (_ACTIVATIONS.c.name == name) & (_ACTIVATIONS.c.version == version)
    return connection.scalar(select(_ACTIVATIONS.c.generation).where(of).limit(1)) is not None


def rows_of(connection: Connection, model: type[SQLModel], **equal: object) -> list[dict[str, Any]]:
    """Rows of a table in the order of their key, those with the given values."""
    of = table(model)
    statement = select(of).where(*(of.c[name] == value for name, value in equal.items())).order_by(*of.primary_key)
    return [dict(row._mapping) for row in connection.execute(statement)]


def open_schedules(connection: Connection) -> list[dict[str, Any]]:
    """Schedules with something left to do, in their order; `started` is the generation of their start, null before."""
    taken = {(row["schedule"], row["step"]): row for row in rows_of(connection, tables.PolicyScheduleSteps)}
    found = []
    for row in rows_of(connection, tables.PolicySchedules):
        start = taken.get((row["seq"], "start"))
        is_over = {(row["seq"], "end"), (row["seq"], "cancelled")} & taken.keys()
        if not is_over and (start is None or row["ends_us"] is not None):
            found.append({**row, "started": None if start is None else start["generation"]})
    return found


_OF_EXPERIMENTS = ("experiment", "ramp_step", "guardrail")
"""Kinds of activations that leave the policy in force as it is."""


def policy_generation(connection: Connection) -> int:
    """The generation in which the policy in force came into force, 0 before the first; experiments start none."""
    of = _ACTIVATIONS.c.kind.not_in(_OF_EXPERIMENTS)
    return connection.scalar(select(func.max(_ACTIVATIONS.c.generation)).where(of)) or 0


def is_step_due(connection: Connection, now_us: int) -> bool:
    """Whether a schedule waits for a step whose time has come."""
    steps = {
        step: select(_STEPS.c.schedule)
        .where(and_(_STEPS.c.schedule == _SCHEDULES.c.seq, _STEPS.c.step == step))
        .exists()
        for step in ("start", "end", "cancelled")
    }
    starts = (_SCHEDULES.c.starts_us <= now_us) & ~steps["start"]
    ends = (_SCHEDULES.c.ends_us <= now_us) & steps["start"] & ~steps["end"]
    return connection.scalar(select(_SCHEDULES.c.seq).where((starts | ends) & ~steps["cancelled"]).limit(1)) is not None


def running_shadows(connection: Connection) -> list[int]:
    """Shadows that nobody has stopped."""
    stopped = select(_STOPS.c.shadow)
    return list(
        connection.scalars(select(_SHADOWS.c.seq).where(_SHADOWS.c.seq.not_in(stopped)).order_by(_SHADOWS.c.seq))
    )


class Writing:
    """One act upon policies in one transaction under the bank's lock: its rows, and at last its audit row."""

    def __init__(self, connection: Connection, act: Act) -> None:
        self.connection, self.act = connection, act
        self._rows: dict[str, list[Row]] = {}

    def numbered(self, model: type[SQLModel], **values: object) -> int:
        """Insert a row under the next `seq`."""
        of = table(model)
        seq = (self.connection.scalar(select(func.max(of.c.seq))) or 0) + 1
        self.insert(model, seq=seq, **values)
        return seq

    def insert(self, model: type[SQLModel], **values: object) -> None:
        """Insert a row."""
        of = table(model)
        row = {column.name: values.get(column.name) for column in of.columns}
        self.connection.execute(insert(of).values(**row))
        self._note(of, row)

    def change(self, found: PolicyVersion, **values: object) -> PolicyVersion:
        """Change columns of a policy version; the version as it is then."""
        of = (_POLICIES.c.name == found.name) & (_POLICIES.c.version == found.version)
        self.connection.execute(update(_POLICIES).where(of).values(**values))
        row = self.connection.execute(select(*_POLICY).where(of)).one()
        self._note(_POLICIES, dict(row._mapping))
        return _version(row)

    def activate(self, kind: str, record: PolicyRecord | PolicyVersion) -> int:
        """Put a published version in force under the next generation."""
        now = generation(self.connection)
        before = active_policy(self.connection)[1] if now else None
        values = {
            "kind": kind,
            "name": record.name,
            "from_version": before.version if before is not None and before.name == record.name else None,
            "version": record.version,
            "actor": self.act.actor,
            "reason": self.act.comment,
            "at_us": self.act.at_us,
        }
        self.insert(tables.Activations, generation=now + 1, **values)
        self.connection.execute(update(_VERSIONS).values(generation=now + 1))
        return now + 1

    def sign(self, action: str, on: str, before_sha: str | None, after_sha: str | None) -> None:
        """Write the audit row of all of this."""
        note = {"comment": self.act.comment, "rows": self._rows}
        _audit.append(self.connection, self.act.at_us, self.act.actor, (action, on, before_sha, after_sha), note)
        self._rows = {}

    def _note(self, of: Table, row: Row) -> None:
        told = {str(name): value for name, value in row.items() if name != "content"}
        self._rows.setdefault(str(of.name), []).append(told)
