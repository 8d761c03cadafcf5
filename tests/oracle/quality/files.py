"""An exported folder as far as the measuring of tags reads it: what each customer is, was told and did."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.oracle.oracle.files import Bank, Customer, Row
from tests.oracle.oracle.tables import INTENT_WEIGHTS, MONEY, TAXONOMY, zone_of

EVENT_COLUMNS = (
    *("event_id", "customer_id", "kind", "occurred_at", "product_id", "category"),
    *("amount", "tier", "task_id", "refers_to"),
)
LOOKS = frozenset(INTENT_WEIGHTS)
READ = sorted({*LOOKS, *MONEY, "impression"})
FAMILIES = {
    **dict.fromkeys(("deposit", "cash", "wealth", "fund", "bond", "gold", "pension"), "investing"),
    "insurance": "protection",
    **dict.fromkeys(("card", "credit"), "borrowing"),
    **dict.fromkeys(("payment", "service"), "daily"),
}
"""Zones that compete with one another (§11); any other zone stands alone."""


class Happening(NamedTuple):
    """One event: a look, a card that was shown, or money that moved."""

    event_id: str
    kind: str
    at: int
    category: str
    product_id: str | None
    amount: float | None
    tier: str | None
    task_id: str | None
    refers_to: str | None


class Assignment(NamedTuple):
    """One row of `tags`, times in microseconds UTC."""

    tag: str
    assigned: int
    removed: int | None
    removed_by: str | None


@dataclass
class Definition:
    """What a tag claims: categories (none: a feature) that its carriers like, or with polarity −1 keep away from."""

    tag: str
    kind: str | None
    polarity: int
    provider: str | None
    category: str | None
    zone: str | None
    one_of: str | None
    claims: frozenset[str] = frozenset()


@dataclass
class Folder:
    """All that the files say up to an instant."""

    bank: Bank
    at: int
    events: dict[str, list[Happening]]
    assignments: dict[str, list[Assignment]]
    definitions: dict[str, Definition]
    categories: list[str]
    first_seen: dict[str, int] = field(default_factory=dict)
    bank_zones: dict[str, str] = field(default_factory=dict)

    def family(self, category: str) -> str:
        """What a category competes with."""
        zone = zone_of(category, self.bank_zones.get(category))
        return FAMILIES.get(zone, zone)


def read_folder(folder: Path, at: int | None = None) -> Folder:
    """Read the folder as of an instant, by default the last that it knows of."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    stated = round(datetime.fromisoformat(manifest["as_of"]).timestamp() * 1_000_000)
    tables = {name: _table(folder, name) for name in ("events", "tags", "consents", "cash_flows")}
    when = {"events": "occurred_at", "tags": "assigned_at", "consents": "changed_at", "cash_flows": "occurred_at"}
    known = [stated] + [_latest(tables[name], column) for name, column in when.items()]
    until = max(known) if at is None else at
    products = _rows(_table(folder, "products"))
    bank = Bank(sorted(products, key=lambda row: str(row["product_id"])), {}, min(stated, until))
    for row in _rows(_table(folder, "customers")):
        bank.customers[row["customer_id"]] = Customer(row["customer_id"], row)
    for name, rows in (("consents", _rows(tables["consents"])), ("holdings", _rows(_table(folder, "holdings"))),
                       ("cash_flows", _rows(tables["cash_flows"]))):  # fmt: skip
        for row in rows:
            customer = bank.customers.setdefault(row["customer_id"], Customer(row["customer_id"]))
            getattr(customer, name).append(row)
    read = Folder(bank, until, {}, {}, {}, [])
    _holdings(read)
    _events(read, tables["events"])
    _tags(read, _rows(tables["tags"]), _rows(_table(folder, "tag_definitions")))
    return read


def _holdings(read: Folder) -> None:
    """As of the instant: what was opened later is not there, what was closed later is open."""
    for customer in read.bank.customers.values():
        customer.holdings = [row for row in customer.holdings if row["opened_at"] <= read.at]
        for row in customer.holdings:
            if row["closed_at"] is not None and row["closed_at"] > read.at:
                row["closed_at"] = None
        customer.holdings.sort(key=lambda row: (row["opened_at"], row["product_id"]))
        customer.cash_flows = [row for row in customer.cash_flows if row["occurred_at"] <= read.at]


def _events(read: Folder, table: pa.Table | None) -> None:
    if table is None:
        return
    table = table.filter(pc.less_equal(pc.cast(table["occurred_at"], pa.int64()), read.at))
    _first_seen(read, table)
    kept = table.filter(pc.is_in(table["kind"], pa.array(READ)))
    columns = [_column(kept, name) for name in EVENT_COLUMNS]
    category_of = read.bank.category_of
    for event_id, who, kind, at, product, category, amount, tier, task, refers in zip(*columns, strict=True):
        own = category or category_of.get(product or "", "")
        one = Happening(event_id, kind, at, own, product, amount, tier, task, refers)
        read.events.setdefault(who, []).append(one)
        if kind in MONEY:
            customer = read.bank.customers.setdefault(who, Customer(who))
            customer.events.append(_as_row(one))
    for happened in read.events.values():
        happened.sort(key=lambda one: (one.at, one.event_id))
    for customer in read.bank.customers.values():
        customer.events.sort(key=lambda row: (row["occurred_at"], row["event_id"]))


def _as_row(one: Happening) -> Row:
    row = one._asdict()
    return {**row, "occurred_at": row.pop("at"), "session_id": None, "channel": None}


def _first_seen(read: Folder, table: pa.Table) -> None:
    """When those did something first of whom nobody says when they joined."""
    unknown = [key for key, customer in read.bank.customers.items() if customer.profile.get("joined_at") is None]
    if not unknown:
        return
    rows = table.filter(pc.is_in(table["customer_id"], pa.array(unknown)))
    for who, kind, at in zip(*(_column(rows, name) for name in ("customer_id", "kind", "occurred_at")), strict=True):
        seen = kind in MONEY or (kind != "served" and read.bank.customers[who].grants("personalisation", at))
        if seen:
            read.first_seen[who] = min(at, read.first_seen.get(who, at))


def _tags(read: Folder, assigned: list[Row], defined: list[Row]) -> None:
    for row in assigned:
        if row["assigned_at"] <= read.at:
            one = Assignment(row["tag"], row["assigned_at"], row["removed_at"], row["removed_by"])
            read.assignments.setdefault(row["customer_id"], []).append(one)
    zones = {row["category"]: row["zone"] for row in read.bank.products if row["zone"]}
    read.bank_zones = zones
    seen = {row["category"] for row in read.bank.products} | {row["category"] for row in defined if row["category"]}
    for happened in read.events.values():
        seen.update(one.category for one in happened if one.category)
    read.categories = sorted(seen | set(TAXONOMY))
    for row in defined:
        own = frozenset([row["category"]]) if row["category"] else frozenset(
            code for code in read.categories if row["zone"] and zone_of(code, zones.get(code)) == row["zone"]
        )  # fmt: skip
        told = (row["tag"], row["kind"], row["polarity"] or 1, row["provider"], row["category"], row["zone"])
        read.definitions[row["tag"]] = Definition(*told, row.get("one_of"), own)
    for tag in {row["tag"] for row in assigned} - set(read.definitions):
        read.definitions[tag] = Definition(tag, None, 1, None, None, None, None)


def _latest(table: pa.Table | None, column: str) -> int:
    if table is None or not table.num_rows:
        return 0
    return int(pc.max(pc.cast(_utc(table[column]), pa.int64())).as_py())


def _table(folder: Path, name: str) -> pa.Table | None:
    path = folder / f"{name}.parquet"
    if not path.exists():
        return None
    table = pq.read_table(path, columns=list(EVENT_COLUMNS) if name == "events" else None)
    for place, column in enumerate(table.column_names):
        if pa.types.is_timestamp(table[column].type):
            table = table.set_column(place, column, _utc(table[column]))
    return table


def _utc(column: Any) -> Any:
    return column.cast(pa.timestamp("us", tz="UTC")) if pa.types.is_timestamp(column.type) else column


def _column(table: pa.Table, name: str) -> list[Any]:
    column = table[name]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    found: list[Any] = column.to_pylist()
    return found


def _rows(table: pa.Table | None) -> list[Row]:
    if table is None:
        return []
    columns = {name: _column(table, name) for name in table.column_names}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
