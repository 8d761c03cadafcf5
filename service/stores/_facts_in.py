"""Takes in what the bank says of customers beside events, with the rows it changes in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, update

from service.calendar import DAY_US
from service.profiles import flow_key, renewed
from service.stores import tables
from service.stores._bank import Bank
from service.stores._upsert import insert_new, table, upsert

Record = Mapping[str, Any]

_CUSTOMERS, _FLOWS, _ROWS = table(tables.Customers), table(tables.CashFlows), table(tables.CustomerRows)
_HOLDINGS, _STATEMENTS = table(tables.Holdings), table(tables.Statements)
_TAGS, _DEFINITIONS = table(tables.Tags), table(tables.TagDefinitions)
_NOT_TOLD = frozenset({"tag_no", "quarantined"})
_NUMBERS = select(_DEFINITIONS.c.tag, _DEFINITIONS.c.tag_no).where(
    _DEFINITIONS.c.tag.in_(bindparam("tags", expanding=True))
)
_DELETED = (
    select(_TAGS.c.tag_no, func.max(_TAGS.c.removed_us))
    .where(
        _TAGS.c.customer_id == bindparam("of_customer"),
        _TAGS.c.removed_by == "customer",
        _TAGS.c.removed_us.is_not(None),
    )
    .group_by(_TAGS.c.tag_no)
)


def put_customer(connection: Connection, customer: Record) -> None:
    """Store the whole record of a customer."""
    upsert(connection, _CUSTOMERS, [_whole(_CUSTOMERS.c.keys(), customer)])


def put_holdings(connection: Connection, customer_id: str, as_of_us: int, holdings: Sequence[Record]) -> bool:
    """Store a full statement; one that is not newer than the newest is left alone, unless it is of the same time."""
    of_customer = _HOLDINGS.c.customer_id == customer_id
    newest = connection.scalar(select(_STATEMENTS.c.as_of_us).where(_STATEMENTS.c.customer_id == customer_id))
    if newest is not None and as_of_us < newest:
        return False
    rows = [{**_whole(_HOLDINGS.c.keys(), row), "customer_id": customer_id} for row in holdings]
    named = {(row["product_no"], row["opened_us"]) for row in rows}
    still_open = select(_HOLDINGS.c.product_no, _HOLDINGS.c.opened_us).where(
        of_customer, _HOLDINGS.c.closed_us.is_(None)
    )
    ended = [(row[0], row[1]) for row in connection.execute(still_open) if (row[0], row[1]) not in named]
    end = update(_HOLDINGS).where(
        of_customer, _HOLDINGS.c.product_no == bindparam("ended"), _HOLDINGS.c.opened_us == bindparam("since")
    )
    if ended:
        parameters = [{"ended": product_no, "since": opened_us} for product_no, opened_us in ended]
        connection.execute(end.values(closed_us=as_of_us), parameters)
    upsert(connection, _HOLDINGS, rows)
    upsert(connection, _STATEMENTS, [{"customer_id": customer_id, "as_of_us": as_of_us}])
    return True


def put_flows(connection: Connection, flows: Sequence[Record]) -> None:
    """Store cash flows, each under its key."""
    upsert(connection, _FLOWS, [{**_whole(_FLOWS.c.keys(), flow), "flow_key": flow_key(flow)} for flow in flows])


def put_tags(connection: Connection, bank: Bank, customer_id: str, tags: Sequence[Record]) -> tuple[int, bool]:
    """Store assignments, those under a running tombstone apart: how many, and whether a tag is new to the bank.

    A tag that nobody defined gets a number.
    """
    names = {tag["tag"] for tag in tags}
    numbers = {row.tag: row.tag_no for row in connection.execute(_NUMBERS, {"tags": sorted(names)})}
    is_new = len(numbers) < len(names)
    if is_new:
        numbers = tag_numbers(connection, [tag["tag"] for tag in tags])
    until = _tombstones(connection, bank, customer_id)
    columns = [name for name in _TAGS.c.keys() if name not in _NOT_TOLD]  # noqa: SIM118 - columns, not their names
    rows = [
        {**_whole(columns, {name: tag.get(name) for name in columns}), "customer_id": customer_id, "tag_no": number}
        for tag in tags
        if tag["assigned_us"] >= until.get(number := numbers[tag["tag"]], tag["assigned_us"])
    ]
    upsert(connection, _TAGS, rows)
    return len(rows), is_new


def tag_numbers(connection: Connection, tags: Sequence[str]) -> dict[str, int]:
    """Numbers of all tags, those named here included; tag -> number."""
    known = connection.execute(select(_DEFINITIONS.c.tag, _DEFINITIONS.c.tag_no))
    numbers = {row.tag: row.tag_no for row in known}
    lacking = [tag for tag in dict.fromkeys(tags) if tag not in numbers]
    numbers |= {tag: number for number, tag in enumerate(lacking, len(numbers))}
    insert_new(connection, _DEFINITIONS, [{"tag_no": numbers[tag], "tag": tag} for tag in lacking])
    return numbers


def _tombstones(connection: Connection, bank: Bank, customer_id: str) -> dict[int, int]:
    runs = bank.regime.tombstone_days * DAY_US
    deleted = connection.execute(_DELETED, {"of_customer": customer_id})
    return {number: removed_us + runs for number, removed_us in deleted}


def remove_tag(connection: Connection, customer_id: str, tag: str, removed_by: str, now_us: int) -> bool:
    """End every assignment of a tag that still stands."""
    number = select(_DEFINITIONS.c.tag_no).where(_DEFINITIONS.c.tag == tag).scalar_subquery()
    of_customer = (_TAGS.c.customer_id == customer_id) & (_TAGS.c.tag_no == number) & _TAGS.c.removed_us.is_(None)
    ended = connection.execute(update(_TAGS).where(of_customer).values(removal(now_us, removed_by)))
    return bool(ended.rowcount)


def removal(now_us: int, removed_by: str) -> dict[str, Any]:
    """The columns of an assignment that ends now; one that lies ahead of the clock ends as it begins."""
    ends = case((_TAGS.c.assigned_us > now_us, _TAGS.c.assigned_us), else_=now_us)
    return {"removed_us": ends, "removed_by": removed_by}


def put_derived(connection: Connection, changes: Mapping[str, Record]) -> None:
    """Replace fields of the derived part of rows; a row that changes gets its next version."""
    stored = select(_ROWS.c.customer_id, _ROWS.c.derived).where(_ROWS.c.customer_id.in_(list(changes)))
    parts = [
        {"of_customer": row.customer_id, "part": part}
        for row in connection.execute(stored.order_by(_ROWS.c.customer_id).with_for_update()).all()
        if (part := renewed(row.derived, changes[row.customer_id])) != row.derived
    ]
    row = _ROWS.c.customer_id == bindparam("of_customer")
    if parts:
        connection.execute(
            update(_ROWS).where(row).values(derived=bindparam("part"), version=_ROWS.c.version + 1), parts
        )


def _whole(columns: Sequence[str], record: Record) -> dict[str, Any]:
    strange = record.keys() - set(columns)
    if strange:
        raise KeyError(f"{min(strange)}: no such column")
    return {name: record.get(name) for name in columns}
