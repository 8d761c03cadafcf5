from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from service.clock import from_us
from service.exchange import export_folder
from service.stores.protocols import Store
from tests.factories import NOW_US
from tests.unit.service.exchange.folders import bank, counted, event, load, rows_of, write
from tests.unit.service.exchange.test_export import LEARN, SLOT, decision

CONSENT = {"customer_id": "c", "scope": "personalisation", "granted": True, "changed_at": "2026-01-01T00:00:00Z"}


@pytest.fixture
def logged(store: Store, folder: Path) -> Store:
    """A bank with two decisions, whose ids begin alike, between the customer's own events."""
    search = event("z", kind="search", product_id=None, category="deposit.term")
    write(folder, "events", [event("a", category=None), search])
    write(folder, "consents", [CONSENT])
    assert load(store, folder).kept
    slots = [replace(SLOT, slot=number) for number in (1, 2, 10)]
    public = replace(SLOT, tier="public", slot=1)
    store.log([decision("d1", *slots, public), decision("d10", replace(SLOT, tier="migratable", task=LEARN))])
    return store


def exported(store: Store, folder: Path) -> list[dict[str, Any]]:
    export_folder(store, folder)
    rows: list[dict[str, Any]] = pq.read_table(folder / "events.parquet").to_pylist()
    return rows


def test_every_slot_of_the_log_is_a_served_event_in_its_place(logged: Store, tmp_path: Path) -> None:
    rows = exported(logged, tmp_path / "out")
    assert [row["event_id"] for row in rows] == [
        "a",
        "served:d10:migratable:1",
        "served:d1:fixed:1",
        "served:d1:fixed:10",
        "served:d1:fixed:2",
        "served:d1:public:1",
        "z",
    ]
    told = {name: value for name, value in rows[1].items() if value is not None}
    assert told == {
        "event_id": "served:d10:migratable:1",
        "customer_id": "c",
        "kind": "served",
        "occurred_at": from_us(NOW_US),
        "product_id": "p1",
        "category": "deposit.term",
        "decision_id": "d10",
        "tier": "migratable",
        "slot": 1,
        "task_id": "learn.deposit.term@1",
    }


def test_where_it_came_from_the_log_is_not_stored_a_second_time(logged: Store, tmp_path: Path) -> None:
    exported(logged, tmp_path / "out")
    assert counted(load(logged, tmp_path / "out"), "events") == {"duplicate": 7}
    assert rows_of(logged, "events", "event_id") == [("a",), ("z",)]


def test_elsewhere_what_was_served_is_kept_and_never_folded(logged: Store, tmp_path: Path) -> None:
    exported(logged, tmp_path / "out")
    with bank(tmp_path / "other.db") as other:
        assert load(other, tmp_path / "out").kept
        _, with_served = other.read("c", personal=True)
        assert other.stale(["c"]) == []
        assert exported(other, tmp_path / "again") == exported(logged, tmp_path / "once more")
        assert counted(load(other, tmp_path / "again"), "events") == {"duplicate": 7}
    _, without = logged.read("c", personal=True)
    assert with_served is not None
    assert without is not None
    assert with_served.state == without.state


def test_an_event_that_only_looks_like_one_of_the_log_is_kept(logged: Store, folder: Path) -> None:
    place = {"kind": "served", "decision_id": "d1", "tier": "fixed", "slot": 1}
    write(folder, "events", [event("served:d1:fixed:1", **place, product_id="p2"), event("other", **place)])
    assert counted(load(logged, folder), "events") == {"inserted": 2}
