"""Everything that the tables say of one customer, in time order."""

from __future__ import annotations

from heapq import merge
from itertools import groupby, islice

from sqlalchemy import Connection, select

from service.stores import tables
from service.stores._facts import known_of
from service.stores._upsert import table
from service.stores.protocols import ConsentChange, EventRecord, History

_EVENTS = table(tables.Events)
_OF_CUSTOMERS = [
    table(model).c.customer_id
    for model in (
        tables.Customers,
        tables.Consents,
        tables.Holdings,
        tables.Statements,
        tables.Snapshots,
        tables.CashFlows,
        tables.Tags,
        tables.Events,
        tables.CustomerRows,
    )
]
_CONSENT = ConsentChange.__slots__
_EVENT = tuple(name for name in EventRecord._fields if name not in {"body", "arms"})


def history(connection: Connection, customer_id: str) -> History:
    """One customer's facts and events; of an unknown customer nothing is known."""
    known = known_of(connection, [customer_id])[customer_id]
    of_customer = select(*(_EVENTS.c[name] for name in _EVENT)).where(_EVENTS.c.customer_id == customer_id)
    events = connection.execute(of_customer.order_by(_EVENTS.c.occurred_us, _EVENTS.c.event_id))
    consents = sorted(known.consents, key=lambda row: (row["changed_us"], row["scope"]))
    return History(
        customer_id=customer_id,
        profile=known.profile,
        consents=[ConsentChange(**{name: row[name] for name in _CONSENT}) for row in consents],
        statement_us=known.statement_us,
        holdings=sorted(known.holdings, key=lambda row: (row["opened_us"], row["product_no"])),
        snapshots=sorted(known.snapshots, key=lambda row: (row["as_of_us"], row["product_no"])),
        flows=sorted(known.flows, key=lambda row: (row["occurred_us"], row["flow_key"])),
        tags=sorted(known.tags, key=lambda row: (row["assigned_us"], row["tag_no"])),
        events=[EventRecord(**row._asdict(), body=b"") for row in events],
    )


def everybody(connection: Connection, after: str, limit: int) -> list[str]:
    """The next ids, in order, that any table knows; each table is asked by its index and for no more than needed."""
    found = [
        connection.scalars(select(column).distinct().where(column > after).order_by(column).limit(limit))
        for column in _OF_CUSTOMERS
    ]
    return [customer_id for customer_id, _ in islice(groupby(merge(*found)), limit)]
