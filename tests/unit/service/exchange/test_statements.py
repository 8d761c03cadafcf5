from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.clock import parse_us
from service.stores.protocols import Store
from tests.unit.service.exchange.folders import T0, T1, counted, load, rows_of, write


def us(text: str) -> int:
    found = parse_us(text)
    assert found is not None
    return found


def state(folder: Path, as_of: str, *rows: dict[str, Any]) -> Path:
    """A folder whose holdings are these rows at `as_of`."""
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "as_of": as_of}))
    return write(folder, "holdings", rows)


def spell(product_id: str, customer_id: str = "c", **fields: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "product_id": product_id, "opened_at": T0, "amount": 1.0, **fields}


def test_the_file_is_the_statement_of_whom_it_names(store: Store, folder: Path) -> None:
    load(store, state(folder, "2026-03-01", spell("p1"), spell("p2", "d")))
    assert sorted(rows_of(store, "statements")) == [("c", us("2026-03-01")), ("d", us("2026-03-01"))]


def test_without_a_manifest_the_latest_time_that_has_been_is_the_statements(store: Store, folder: Path) -> None:
    write(folder, "holdings", [spell("p1", matures_at="2030-01-01T00:00:00Z", closed_at=None)])
    write(folder, "consents", [{"customer_id": "x", "scope": "tags", "granted": True, "changed_at": T1}])
    assert load(store, folder).as_of_us == us(T1)
    assert rows_of(store, "statements") == [("c", us(T1))]


def test_an_open_spell_that_the_next_statement_does_not_name_ended(store: Store, folder: Path) -> None:
    load(store, state(folder, "2026-03-01", spell("p1"), spell("p2"), spell("p1", "d")))
    report = load(store, state(folder, "2026-04-01", spell("p2")))
    assert report.files["holdings"].ended == 1
    assert rows_of(store, "holdings", "customer_id, product_no, closed_us") == [
        ("c", 0, us("2026-04-01")),
        ("c", 1, None),
        ("d", 0, None),
    ]
    assert store.stale(["c", "d"]) == []


def test_a_statement_older_than_the_stored_one_changes_nothing(store: Store, folder: Path) -> None:
    load(store, state(folder, "2026-04-01", spell("p2")))
    before = rows_of(store, "holdings"), rows_of(store, "statements")
    report = load(store, state(folder, "2026-03-01", spell("p1"), spell("p2", amount=7.0)))
    assert counted(report, "holdings") == {"superseded": 2}
    assert (rows_of(store, "holdings"), rows_of(store, "statements")) == before


def test_a_statement_with_a_rejected_row_ends_nothing(store: Store, folder: Path) -> None:
    load(store, state(folder, "2026-03-01", spell("p1"), spell("p2")))
    load(store, state(folder, "2026-04-01", spell("p2"), spell("p1", amount=0.001)), max_rejects=1)
    assert [row[-1] for row in rows_of(store, "holdings", "product_no, closed_us")] == [None, None]
    assert rows_of(store, "statements") == [("c", us("2026-03-01"))]


def test_where_a_rejected_row_may_be_anybodys_no_statement_is_full(store: Store, folder: Path) -> None:
    load(store, state(folder, "2026-03-01", spell("p1"), spell("p2")))
    unnamed = spell("p1", "", opened_at=T1)
    report = load(store, state(folder, "2026-04-01", spell("p2"), unnamed), max_rejects=1)
    assert counted(report, "holdings") == {"unchanged": 1, "missing_field": 1}
    assert [row[-1] for row in rows_of(store, "holdings", "product_no, closed_us")] == [None, None]


@pytest.mark.parametrize("amount", [1.0, 2.0])
def test_the_same_statement_again_ends_nothing(store: Store, folder: Path, amount: float) -> None:
    load(store, state(folder, "2026-03-01", spell("p1"), spell("p2")))
    report = load(store, state(folder, "2026-03-01", spell("p1"), spell("p2", amount=amount)))
    assert report.files["holdings"].ended == 0
    assert counted(report, "holdings") == ({"unchanged": 2} if amount == 1.0 else {"unchanged": 1, "replaced": 1})


def test_a_spell_is_not_closed_before_it_was_opened(store: Store, folder: Path) -> None:
    report = load(store, state(folder, "2026-03-01", spell("p1", closed_at="2025-01-01")), max_rejects=1)
    assert counted(report, "holdings") == {"closed_before_opened": 1}
