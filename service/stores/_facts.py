"""Reads what the tables say of some customers, events apart and events in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Table, bindparam, select

from service.profiles import Known
from service.stores import tables
from service.stores._upsert import table

_EVENTS = table(tables.Events)
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
Records = Sequence[Record]

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_EVENTS_OF = select(*_TOLD).where(_EVENTS.c.customer_id.in_(_IDS)).order_by(_EVENTS.c.customer_id)
_KNOWN = [
    table(model)
    for model in (
        tables.Customers,
        tables.Statements,
        tables.Consents,
        tables.Holdings,
        tables.Snapshots,
        tables.CashFlows,
        tables.Tags,
    )
]
_HELD = frozenset(table(model) for model in (tables.Statements, tables.Holdings, tables.Snapshots))
_SELECTS = {of: select(of).where(of.c.customer_id.in_(_IDS)) for of in _KNOWN}


def known_of(connection: Connection, customer_ids: Sequence[str], *, held: bool = True) -> dict[str, Known]:
    """What is known of each of the customers, those of whom nothing is known included.

    Without `held` nothing is read of what they hold: no statement, no holdings, no snapshots.
    """
    found = [_by_customer(connection, of, customer_ids) if held or of not in _HELD else {} for of in _KNOWN]
    return {customer_id: _known(*(part.get(customer_id, ()) for part in found)) for customer_id in customer_ids}


def _known(customers: Records, statements: Records, *rest: Records) -> Known:
    consents, holdings, snapshots, flows, tags = rest
    return Known(
        profile=customers[0] if customers else {},
        statement_us=statements[0]["as_of_us"] if statements else None,
        consents=consents,
        holdings=holdings,
        snapshots=snapshots,
        flows=flows,
        tags=tags,
    )


def _by_customer(connection: Connection, of: Table, customer_ids: Sequence[str]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    names = of.c.keys()
    for row in connection.execute(_SELECTS[of], {"ids": customer_ids}).all():
        record = dict(zip(names, row, strict=True))
        found[record["customer_id"]].append(record)
    return dict(found)


_TAGS, _DEFINITIONS, _CATEGORIES = table(tables.Tags), table(tables.TagDefinitions), table(tables.Categories)
_TAGS_OF = (
    select(
        *_TAGS.c,
        _DEFINITIONS.c.tag,
        _DEFINITIONS.c.name,
        _DEFINITIONS.c.kind,
        _DEFINITIONS.c.zone,
        _DEFINITIONS.c.polarity,
        _DEFINITIONS.c.provider,
        _DEFINITIONS.c.legal_basis,
        _DEFINITIONS.c.scope,
        _CATEGORIES.c.code.label("category"),
    )
    .join(_DEFINITIONS, _DEFINITIONS.c.tag_no == _TAGS.c.tag_no)
    .join(_CATEGORIES, _CATEGORIES.c.category_no == _DEFINITIONS.c.category_no, isouter=True)
    .where(_TAGS.c.customer_id == bindparam("of_customer"))
)


def tags_of(connection: Connection, customer_id: str) -> list[Record]:
    """All assignments of a customer, ended ones included, each with what the definition of its tag says."""
    return [row._asdict() for row in connection.execute(_TAGS_OF, {"of_customer": customer_id})]


def events_of(connection: Connection, customer_ids: Sequence[str]) -> Iterator[tuple[str, list[Event]]]:
    """The events of the customers, one customer at a time, in no order within; without events: an empty list."""
    wanted = sorted(customer_ids)
    # The driver's own tuples: a Row of SQLAlchemy costs as much as folding the event.
    rows = cast("Iterable[Event]", connection.execute(_EVENTS_OF, {"ids": wanted}).cursor)
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
