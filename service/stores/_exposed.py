"""Exposures: who saw the shelf of which arm first when, and whether another arm's shelf would have been another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, and_, bindparam, select, update

from service.stores import tables
from service.stores._upsert import insert_new, table
from service.stores.protocols import ArmDifference, EventRecord

_EXPOSURES, _DIFFERENCES = table(tables.Exposures), table(tables.ArmDifferences)
_KEY = tuple(column.name for column in _EXPOSURES.primary_key)
_EARLIER = (
    update(_EXPOSURES)
    .where(and_(*(_EXPOSURES.c[name] == bindparam(f"of_{name}") for name in _KEY)))
    .where(_EXPOSURES.c.first_us > bindparam("earlier_us"))
    .values(first_us=bindparam("earlier_us"), event_id=bindparam("by"), decision_id=bindparam("shelf"))
)
_FIRST = (
    select(_EXPOSURES.c.experiment, _EXPOSURES.c.phase, _EXPOSURES.c.arm)
    .where(_EXPOSURES.c.customer_id == bindparam("customer"))
    .order_by(_EXPOSURES.c.first_us.desc())
)


def expose(connection: Connection, events: Sequence[EventRecord]) -> None:
    """Keep the exposures that new events are; of several the earliest stays, in whatever order they arrive."""
    first: dict[tuple[str, ...], Mapping[str, object]] = {}
    for event in sorted(events, key=lambda one: (one.occurred_us, one.event_id)):
        for label in event.arms:
            experiment, phase, arm = label.split(":")
            row = {
                "experiment": experiment,
                "phase": int(phase),
                "customer_id": event.customer_id,
                "arm": arm,
                "tier": event.tier,
                "first_us": event.occurred_us,
                "event_id": event.event_id,
                "decision_id": event.decision_id,
            }
            first.setdefault((event.customer_id, label, str(event.tier)), row)
    rows = list(first.values())
    insert_new(connection, _EXPOSURES, rows)
    if rows:
        connection.execute(_EARLIER, [_as_update(row) for row in rows])


def first_arms(connection: Connection, customer_id: str) -> dict[tuple[str, int], str]:
    """The arm that a customer saw first, by experiment and phase."""
    rows = connection.execute(_FIRST, {"customer": customer_id})
    return {(row[0], row[1]): row[2] for row in rows}  # the earliest comes last


def put_arm_differences(connection: Connection, rows: Sequence[ArmDifference]) -> None:
    """Keep what other arms would have shown, each once."""
    insert_new(connection, _DIFFERENCES, [row._asdict() for row in rows])


def _as_update(row: Mapping[str, object]) -> dict[str, object]:
    keys = {f"of_{name}": row[name] for name in _KEY}
    return {**keys, "earlier_us": row["first_us"], "by": row["event_id"], "shelf": row["decision_id"]}
