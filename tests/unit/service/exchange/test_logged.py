from __future__ import annotations

import sqlite3
from pathlib import Path

from service.exchange.block import Block
from service.exchange.logged import Logged
from service.exchange.registry import Registry
from service.stores.protocols import Store
from tests.factories import NOW_US
from tests.unit.service.exchange.folders import load
from tests.unit.service.exchange.test_export import SLOT, decision

ROW = {
    "kind": "served",
    "decision_id": "d1",
    "event_id": "served:d1:fixed:1",
    "customer_id": "c",
    "occurred_us": NOW_US,
    "tier": "fixed",
    "slot": 1,
    "product_no": 0,
    "task_id": None,
}
CHANGES: list[dict[str, object]] = [
    {},
    {"kind": "impression"},
    {"decision_id": "d2"},
    {"customer_id": "b"},
    {"occurred_us": NOW_US + 1},
    {"product_no": 1},
    {"slot": 2},
]


def test_only_what_the_log_says_just_so_is_held_back(store: Store, folder: Path) -> None:
    load(store, folder)
    store.log([decision("d1", SLOT)])
    rows = [ROW | change for change in CHANGES]
    block = Block({name: [row[name] for row in rows] for name in ROW}, len(rows))
    with store.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        held = Logged(raw, Registry(raw)).held_back(block)
    assert held == [True] + [False] * (len(rows) - 1)
