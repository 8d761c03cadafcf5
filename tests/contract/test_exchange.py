"""The same folders loaded into every implementation leave the same facts, byte for byte in what they export."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.exchange import export_folder
from service.stores.open import open_store
from service.stores.protocols import Store
from tests.contract.bank import make_bank
from tests.unit.service.exchange.everything import write_everything
from tests.unit.service.exchange.folders import PRODUCTS, T0, T1, counted, event, load, write


def holding(product_id: str, customer_id: str = "c", **fields: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "product_id": product_id, "opened_at": T0, "amount": 5.0, **fields}


def consent(granted: bool, changed_at: str = T0, customer_id: str = "c") -> dict[str, Any]:
    return {"customer_id": customer_id, "scope": "personalisation", "granted": granted, "changed_at": changed_at}


def first(folder: Path) -> Path:
    write(folder, "products", PRODUCTS)
    write(folder, "consents", [consent(True), consent(True, customer_id="d"), consent(True, customer_id="d")])
    write(folder, "customers", [{"customer_id": "c", "region": "310000", "attr_job": "cook"}, {"customer_id": "d"}])
    write(folder, "holdings", [holding("p2"), holding("p1"), holding("p1", "d")])
    write(folder, "tags", [{"customer_id": "c", "tag": "saver", "assigned_at": T0, "affinity": 0.1}])
    events = [event(f"e{number}", amount=number / 4, occurred_at=T1) for number in range(8)]
    return write(folder, "events", [*events, event("e1", amount=0.25, occurred_at=T1), event("e2", amount=9.0)])


def second(folder: Path) -> Path:
    """Less is held, a consent is taken back, a customer has moved, an event has another body."""
    write(folder, "consents", [consent(False), consent(False, customer_id="d"), consent(True, T1, "d")])
    write(folder, "customers", [{"customer_id": "c", "region": "110000", "attr_job": 7}, {"customer_id": "new"}])
    write(folder, "holdings", [holding("p2", amount=6.0), holding("p2", "d"), holding("p2", "d", amount=1.0)])
    return write(folder, "events", [event("e1", amount=0.5), event("later", kind="detail"), event("later")])


def loaded(store: Store, tmp_path: Path) -> list[dict[str, dict[str, int]]]:
    told = []
    for folder in (first(tmp_path / "first"), second(tmp_path / "second"), second(tmp_path / "third")):
        report = load(store, folder, max_rejects=9)
        assert report.kept
        told.append({name: counted(report, name) for name in report.files})
    return told


def exported(store: Store, folder: Path) -> dict[str, str]:
    export_folder(store, folder)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Callable[[], tuple[Store, Store]]:
    """The store at hand, and an SQLite beside it."""
    return lambda: (open_store(url, make_bank()), open_store(f"sqlite:///{tmp_path}/beside.db", make_bank()))


def test_every_file_of_the_format_comes_out_as_it_does_of_sqlite(
    opened: Callable[[], tuple[Store, Store]], tmp_path: Path
) -> None:
    files = []
    for number, store in enumerate(opened()):
        folder = write_everything(tmp_path / f"{number}")
        assert load(store, folder).kept
        files.append(exported(store, tmp_path / f"out-{number}"))
        assert not any(counts.changed for counts in load(store, folder).files.values())
        store.close()
    assert len(files[0]) > 8
    assert files[0] == files[1]


def test_a_second_statement_a_conflict_and_a_repetition_are_judged_as_by_sqlite(
    opened: Callable[[], tuple[Store, Store]], tmp_path: Path
) -> None:
    results = []
    for number, store in enumerate(opened()):
        counts = loaded(store, tmp_path / f"{number}")
        results.append((counts, exported(store, tmp_path / f"out-{number}"), store.read("c", personal=True)[1]))
        assert store.stale(store.everybody()) == []
        store.close()
    assert results[0] == results[1]
    assert results[0][0][1]["events"]["event_conflict"] == 1


def test_an_import_with_too_many_rejects_leaves_nothing(url: str, tmp_path: Path) -> None:
    store = open_store(url, make_bank())
    before = (store.versions(), store.everybody())
    assert not load(store, first(tmp_path / "folder")).kept
    assert (store.versions(), store.everybody()) == before
    store.close()


def test_a_text_that_no_database_keeps_is_rejected_with_its_reason(url: str, tmp_path: Path) -> None:
    store = open_store(url, make_bank())
    folder = write(tmp_path / "folder", "products", PRODUCTS)
    write(folder, "customers", [{"customer_id": "c", "region": "a\0b", "attr_note": "c\0d"}, {"customer_id": "d"}])
    write(folder, "events", [event("e", session_id="s"), event("f", session_id="\0")])
    report = load(store, folder, max_rejects=9)
    assert report.kept
    assert counted(report, "customers") == {"inserted": 1, "bad_text": 1}
    assert counted(report, "events")["bad_text"] == 1
    assert set(store.everybody()) == {"c", "d"}
    store.close()
