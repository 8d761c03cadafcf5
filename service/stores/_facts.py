"""Reads what the tables say of some customers, events apart and events in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Table, select

from service.profiles import Known
from service.stores import tables
from service.stores._upsert import table

_EVENTS = table(tables.Events)
_STATEMENTS = table(tables.Statements)
_TOLD = (
    _EVENTS.c.occurred_us,
    _EVENTS.c.event_id,
    _EVENTS.c.kind,
    _EVENTS.c.product_no,
    _EVENTS.c.category_no,
    _EVENTS.c.amount,
    _EVENTS.c.session_id,
    _EVENTS.c.channel,
    _EVENTS.c.task_id,
    _EVENTS.c.refers_to,
    _EVENTS.c.muted,
    _EVENTS.c.seq,
    _EVENTS.c.customer_id,
)
TOLD = 10
"""The first columns of a row of `events_of` are the event as `service.profiles.happening` reads it; then muted, seq."""
MUTED, SEQ, CUSTOMER = 10, 11, 12

Event = tuple[Any, ...]
Record = dict[str, Any]


def known_of(connection: Connection, customer_ids: Sequence[str]) -> dict[str, Known]:
    """What is known of each of the customers, those of whom nothing is known included."""
    customers = _by_customer(connection, table(tables.Customers), customer_ids)
    consents = _by_customer(connection, table(tables.Consents), customer_ids)
    statements = _by_customer(connection, _STATEMENTS, customer_ids)
    holdings = _by_customer(connection, table(tables.Holdings), customer_ids)
    snapshots = _by_customer(connection, table(tables.Snapshots), customer_ids)
    flows = _by_customer(connection, table(tables.CashFlows), customer_ids)
    tags = _by_customer(connection, table(tables.Tags), customer_ids)
    return {
        customer_id: Known(
            profile=next(iter(customers.get(customer_id, ())), {}),
            consents=consents.get(customer_id, ()),
            statement_us=statements[customer_id][0]["as_of_us"] if customer_id in statements else None,
            holdings=holdings.get(customer_id, ()),
            snapshots=snapshots.get(customer_id, ()),
            flows=flows.get(customer_id, ()),
            tags=tags.get(customer_id, ()),
        )
        for customer_id in customer_ids
    }


def _by_customer(connection: Connection, of: Table, customer_ids: Sequence[str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    names = of.c.keys()
    for row in connection.execute(select(of).where(of.c.customer_id.in_(customer_ids))).all():
        record = dict(zip(names, row, strict=True))
        found[record["customer_id"]].append(record)
    return dict(found)


def events_of(connection: Connection, customer_ids: Sequence[str]) -> Iterator[tuple[str, list[Event]]]:
    """The events of the customers, one customer at a time, in no order within; without events: an empty list."""
    wanted = sorted(customer_ids)
    statement = select(*_TOLD).where(_EVENTS.c.customer_id.in_(wanted)).order_by(_EVENTS.c.customer_id)
    # The driver's own tuples: a Row of SQLAlchemy costs as much as folding the event.
    rows = cast("Iterable[Event]", connection.execute(statement).cursor)
    held: list[Event] = []
    position = 0
    for row in rows:
        while row[CUSTOMER] != wanted[position]:
            yield wanted[position], held
            held, position = [], position + 1
        held.append(row)
    for customer_id in wanted[position:]:
        yield customer_id, held
        held = []
