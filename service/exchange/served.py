"""Logged decisions as rows of the file `decisions`: one slot of one served shelf a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from service.exchange.schema import DECISIONS
from service.stores.protocols import DecisionRecord, Store

Row = tuple[object, ...]


def served_slots(store: Store, page: int) -> Iterator[list[Row]]:
    """Pages of about `page` rows in the order of decisions, columns as in the file, times in microseconds."""
    rows: list[Row] = []
    for record in _decisions(store):
        rows += _slots(record)
        if len(rows) >= page:
            yield rows
            rows = []
    if rows:
        yield rows


def _decisions(store: Store) -> Iterator[DecisionRecord]:
    after = ""
    while records := list(store.decisions(1000, after)):
        yield from records
        after = records[-1].decision_id


def _slots(record: DecisionRecord) -> Iterator[Row]:
    document: Mapping[str, Any] = orjson.loads(record.document)
    versions, outcome = document["versions"], document["outcome"]
    whole = {
        "decision_id": record.decision_id,
        "customer_id": record.customer_id,
        "decided_at": record.decided_us,
        "mode": outcome["mode"],
        "policy": versions.get("policy"),
        "generation": versions.get("generation"),
        "model": versions.get("model"),
        "tags_version": versions.get("tags"),
    }
    for slot in outcome["slots"]:
        row = {**whole, **slot, "task_id": (slot["task"] or {}).get("task_id")}
        yield tuple(row.get(column.name) for column in DECISIONS.columns)
