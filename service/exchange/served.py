"""The decision log as rows of files: a slot of a served shelf is a row of `decisions` and a `served` event."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Select, case, func, select

from service.exchange.schema import DECISIONS, EVENTS
from service.experiments.spec import COUNTED
from service.stores import tables
from service.stores._upsert import table

Row = tuple[object, ...]

SERVED = "served"
_LOG = table(tables.Decisions)
_PRODUCTS, _CATEGORIES = table(tables.Products), table(tables.Categories)
_DIFFERENCES = table(tables.ArmDifferences)
_LOGGED = select(_LOG.c.decision_id, _LOG.c.customer_id, _LOG.c.decided_us, _LOG.c.document)
_DIFFERS = (
    select(func.max(case((_DIFFERENCES.c.differs, 1), else_=0)))
    .where(_DIFFERENCES.c.decision_id == _LOG.c.decision_id)
    .scalar_subquery()
)
_CHUNK = 500
_CUSTOMER, _EVENT = (EVENTS.columns.index(EVENTS.column(name)) for name in ("customer_id", "event_id"))


def served_slots(connection: Connection, page: int) -> Iterator[list[Row]]:
    """Pages of about `page` rows of `decisions` in the order of decisions, times in microseconds."""
    rows: list[Row] = []
    for found in _read(connection, _LOGGED.add_columns(_DIFFERS).order_by(_LOG.c.decision_id)):
        rows += _slots(found)
        if len(rows) >= page:
            yield rows
            rows = []
    if rows:
        yield rows


def served_events(connection: Connection) -> Iterator[Row]:
    """One event for each slot of each logged decision, in the order of the file `events`, times in microseconds."""
    codes = connection.execute(select(_PRODUCTS.c.product_id, _CATEGORIES.c.code).join(_CATEGORIES))
    category_of: dict[object, str] = {row.product_id: row.code for row in codes}
    # An id may begin another one: the colon that ends it in an event's id makes the order that of the events.
    in_order = _LOGGED.order_by(_LOG.c.customer_id, _LOG.c.decision_id + ":")
    for decision_id, customer_id, decided_us, document in _read(connection, in_order):
        told = orjson.loads(document)
        whole = {
            "customer_id": customer_id,
            "kind": SERVED,
            "occurred_at": decided_us,
            "decision_id": decision_id,
            "channel": told["query"]["channel"] if "query" in told else None,
        }
        rows = [whole | slot_event(decision_id, slot) for slot in told["outcome"]["slots"]]
        for row in sorted(rows, key=lambda row: str(row["event_id"])):
            row["category"] = category_of.get(row["product_id"])
            yield tuple(row.get(column.name) for column in EVENTS.columns)


def slot_event(decision_id: str, slot: Mapping[str, Any]) -> dict[str, Any]:
    """What the `served` event of a slot says of it; its id is derived, so that the same log gives the same events."""
    place = {name: slot[name] for name in ("tier", "slot", "product_id")}
    event_id = f"{SERVED}:{decision_id}:{slot['tier']}:{slot['slot']}"
    return {"event_id": event_id, **place, "task_id": (slot["task"] or {}).get("task_id")}


def with_served(pages: Iterable[list[Row]], served: Iterable[Row], page: int) -> Iterator[list[Row]]:
    """Pages of stored events with those of the log in their places; one that is stored already comes once."""
    rows: list[Row] = []
    last: object = None
    for row in heapq.merge((row for stored in pages for row in stored), served, key=_key):
        if _key(row) == last:
            continue
        last = _key(row)
        rows.append(row)
        if len(rows) >= page:
            yield rows
            rows = []
    if rows:
        yield rows


def _key(row: Row) -> tuple[Any, Any]:
    return row[_CUSTOMER], row[_EVENT]


def _read(connection: Connection, statement: Select[Any]) -> Iterator[Any]:
    yield from connection.execute(statement, execution_options={"yield_per": _CHUNK})


def _slots(found: tuple[str, str, int, bytes, int | None]) -> Iterator[Row]:
    decision_id, customer_id, decided_us, raw, differs = found
    document: Mapping[str, Any] = orjson.loads(raw)
    versions, outcome = document["versions"], document["outcome"]
    whole = {
        "decision_id": decision_id,
        "customer_id": customer_id,
        "decided_at": decided_us,
        "mode": outcome["mode"],
        "policy": versions.get("policy"),
        "generation": versions.get("generation"),
        "model": versions.get("model"),
        "tags_version": versions.get("tags"),
        # None is running: an empty list, and not null, which would say that nobody knows.
        "arms": orjson.dumps(counted_arms(document.get("assignments", ()))).decode(),
        "differs_from_control": None if differs is None else bool(differs),
    }
    for slot in outcome["slots"]:
        row = {**whole, **slot, "task_id": (slot["task"] or {}).get("task_id")}
        yield tuple(row.get(column.name) for column in DECISIONS.columns)


def counted_arms(assignments: Iterable[Mapping[str, Any]]) -> list[str]:
    """The arms `experiment:phase:arm` that results are made of, of the assignments of a logged decision."""
    return [f"{one['experiment']}:{one['phase']}:{one['arm']}" for one in assignments if one["source"] in COUNTED]
