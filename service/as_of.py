"""A customer's row as of an earlier time, computed from everything dated by then."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from service.profiles import Known
from service.runtime import Runtime
from service.stores._bank import Bank
from service.stores._facts import events_of, known_of
from service.stores._rows import categories_of, compute
from service.stores.protocols import CustomerRow

Record = Mapping[str, Any]
_OCCURRED = 0


def row_as_of(runtime: Runtime, customer_id: str, at_us: int) -> CustomerRow:
    """The row of one customer at `at_us`, as far as the tables tell: see `rows_as_of`."""
    with runtime.store.connect() as connection:
        return rows_as_of(connection, runtime, [customer_id], at_us)[customer_id]


def rows_as_of(
    connection: Connection, runtime: Runtime, customer_ids: Sequence[str], at_us: int
) -> dict[str, CustomerRow]:
    """The rows of customers at `at_us`, as far as the tables tell.

    What they keep once is read as it is today: the columns of the profile, and of a spell its amount and its maturity,
    which a later statement may have changed.
    """
    bank = Bank(runtime.worlds.last().regime, runtime.calendar, lambda: at_us)
    known, category_of = known_of(connection, customer_ids), categories_of(connection)
    rows = {}
    for customer_id, events in events_of(connection, customer_ids):
        past = [row for row in events if row[_OCCURRED] <= at_us]
        computed = compute(bank, category_of, _until(known[customer_id], at_us), past)
        state = computed.state if computed.personal else None
        rows[customer_id] = CustomerRow(0, computed.personal, computed.gate, state, None)
    return rows


def _until(known: Known, at_us: int) -> Known:
    statement_us = known.statement_us
    return dataclasses.replace(
        known,
        consents=_dated(known.consents, "changed_us", at_us),
        statement_us=None if statement_us is None else min(statement_us, at_us),
        holdings=_reopened(_dated(known.holdings, "opened_us", at_us), "closed_us", at_us),
        snapshots=_dated(known.snapshots, "as_of_us", at_us),
        flows=_dated(known.flows, "occurred_us", at_us),
        tags=_reopened(_dated(known.tags, "assigned_us", at_us), "removed_us", at_us),
    )


def _dated(rows: Any, column: str, at_us: int) -> list[Record]:  # noqa: ANN401 - a sequence of records
    return [row for row in rows if row[column] <= at_us]


def _reopened(rows: list[Record], column: str, at_us: int) -> list[Record]:
    """What ended later had not ended yet."""
    return [{**row, column: None} if row[column] is not None and row[column] > at_us else row for row in rows]
