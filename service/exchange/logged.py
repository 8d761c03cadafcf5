"""Served events that the decision log of this database tells itself: an import does not store them a second time."""

from __future__ import annotations

import orjson

from service.exchange.block import Block, Row
from service.exchange.raw import Raw
from service.exchange.registry import Registry
from service.exchange.served import SERVED, slot_event

_READ = ("kind", "decision_id", "event_id", "customer_id", "occurred_us", "tier", "slot", "product_no", "task_id")
_LOGGED = "SELECT customer_id, decided_us, document FROM decisions WHERE decision_id = ?"


class Logged:
    """The decision log, as far as a file of events names its decisions."""

    def __init__(self, connection: Raw, registry: Registry) -> None:
        self._connection, self._registry = connection, registry

    def held_back(self, block: Block) -> list[bool]:
        """Which events the log tells just so; rows of the table `events`."""
        told: dict[object, set[Row]] = {}
        held = []
        for kind, decision_id, *rest in block.rows(_READ):
            if kind == SERVED and decision_id not in told:
                told[decision_id] = self._told(decision_id)
            held.append(kind == SERVED and tuple(rest) in told[decision_id])
        return held

    def _told(self, decision_id: object) -> set[Row]:
        found = self._connection.execute(_LOGGED, (decision_id,)).fetchone()
        if found is None:
            return set()
        customer_id, decided_us, document = found
        numbers = self._registry.product_numbers
        rows = (slot_event(str(decision_id), slot) for slot in orjson.loads(document)["outcome"]["slots"])
        return {
            (
                row["event_id"],
                customer_id,
                decided_us,
                row["tier"],
                row["slot"],
                numbers.get(row["product_id"]),
                row["task_id"],
            )
            for row in rows
        }
