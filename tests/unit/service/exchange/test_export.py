from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.clock import from_us
from service.exchange import export_folder
from service.pipeline.outcome import outcome, task_id
from service.stores.protocols import DecisionRecord, Store
from shelf_rules.decision import Decision, Slot, TaskOffer
from tests.factories import NOW_US, make_catalogue, make_product
from tests.unit.service.exchange.folders import T0, load, write

SLOT = Slot(0, "fixed", 1, 0.5)
LEARN = TaskOffer("learn", "deposit.term")


def decision(decision_id: str, *slots: Slot) -> DecisionRecord:
    taken = Decision("personal", slots, ())
    document = {
        "decision_id": decision_id,
        "versions": {"policy": "default@1", "generation": 3, "model": "m2", "tags": "t5", "catalogue": "c1"},
        "outcome": outcome(taken, make_catalogue(make_product("p1"))),
    }
    return DecisionRecord(decision_id, "c", NOW_US, None, json.dumps(document).encode())


def test_a_decision_has_a_row_a_slot(store: Store, folder: Path, tmp_path: Path) -> None:
    load(store, folder)
    other = replace(SLOT, tier="migratable", slot=2, task=LEARN)
    store.log([decision("d1", SLOT, other), decision("d2"), decision("d3", SLOT)])
    report = export_folder(store, tmp_path / "out")
    rows = pq.read_table(tmp_path / "out" / "decisions.parquet").to_pylist()
    assert dict(report.rows())["decisions"] == 3
    assert [(row["decision_id"], row["tier"], row["task_id"]) for row in rows] == [
        ("d1", "fixed", None),
        ("d1", "migratable", task_id(LEARN)),
        ("d3", "fixed", None),
    ]
    assert rows[0] == {
        "product_id": "p1",
        "tier": "fixed",
        "slot": 1,
        "score": 0.5,
        "propensity": 1.0,
        "explored": False,
        "decision_id": "d1",
        "customer_id": "c",
        "decided_at": from_us(NOW_US),
        "mode": "personal",
        "policy": "default@1",
        "generation": 3,
        "model": "m2",
        "tags_version": "t5",
        "arms": [],
        "differs_from_control": None,
        "task_id": None,
    }


def test_decisions_are_named_and_not_imported(store: Store, folder: Path, tmp_path: Path) -> None:
    load(store, folder)
    store.log([decision("d1", SLOT)])
    export_folder(store, tmp_path / "out")
    assert load(store, tmp_path / "out").unread == ("decisions.parquet",)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], pa.int64()),
        ([1.0, 2.5], pa.float64()),
        ([True, False], pa.bool_()),
        (["1", "x"], pa.string()),
    ],
)
def test_an_attribute_keeps_its_type(
    store: Store, folder: Path, tmp_path: Path, values: list[Any], kind: pa.DataType
) -> None:
    write(folder, "customers", [{"customer_id": str(place), "attr_x": value} for place, value in enumerate(values)])
    load(store, folder)
    export_folder(store, tmp_path / "out")
    column = pq.read_table(tmp_path / "out" / "customers.parquet").column("attr_x")
    assert column.type == kind
    assert column.to_pylist() == values


def test_an_attribute_of_unlike_values_becomes_text(store: Store, folder: Path, tmp_path: Path) -> None:
    for value in (1, "x", True):
        write(folder, "customers", [{"customer_id": str(value), "attr_x": value}])
        load(store, folder)
    export_folder(store, tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "customers.parquet").column("attr_x").to_pylist() == ["1", "true", "x"]


def test_the_manifests_time_is_the_latest_known_without_a_statement(store: Store, folder: Path, tmp_path: Path) -> None:
    write(folder, "consents", [{"customer_id": "c", "scope": "tags", "granted": True, "changed_at": T0}])
    load(store, folder)
    export_folder(store, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == {
        "format": 1,
        "base_currency": "CNY",
        "as_of": T0,
    }


def test_a_rest_of_an_export_that_was_cut_short_is_in_nobodys_way(store: Store, folder: Path, tmp_path: Path) -> None:
    load(store, folder)
    (tmp_path / "out" / ".partial").mkdir(parents=True)
    (tmp_path / "out" / ".partial" / "events.parquet").write_text("half")
    export_folder(store, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["manifest.json", "products.parquet"]
