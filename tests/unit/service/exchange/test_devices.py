from __future__ import annotations

from pathlib import Path

from service.exchange import export_folder
from service.keyed import Secrets
from service.stores.protocols import Store
from tests.unit.service.exchange.folders import PRODUCTS, bank, counted, event, load, rows_of, write

KEYED = Secrets("s" * 32, "u" * 32)
GIVEN = {"e1": "phone", "e2": None, "e3": "phone", "e4": "P" * 32}
ROWS = [event(event_id, device=device) for event_id, device in GIVEN.items()]


def test_a_device_is_stored_as_the_api_stores_it(store: Store, folder: Path) -> None:
    write(folder, "events", ROWS)
    assert load(store, folder, keyed=KEYED).kept
    phone, other = KEYED.device_ref("phone"), KEYED.device_ref("P" * 32)
    assert rows_of(store, "events", "event_id, device") == [("e1", phone), ("e2", None), ("e3", phone), ("e4", other)]


def test_the_same_file_again_is_no_conflict(store: Store, folder: Path) -> None:
    write(folder, "events", ROWS)
    assert load(store, folder, keyed=KEYED).kept
    assert counted(load(store, folder, keyed=KEYED), "events") == {"duplicate": 4}


def test_an_export_comes_back_with_the_same_devices(store: Store, folder: Path, tmp_path: Path) -> None:
    write(folder, "events", ROWS)
    assert load(store, folder, keyed=KEYED).kept
    export_folder(store, tmp_path / "out")
    with bank(tmp_path / "second.db") as second:
        load(second, write(tmp_path / "products", "products", PRODUCTS))
        assert load(second, tmp_path / "out", keyed=KEYED).kept
        assert rows_of(second, "events", "event_id, device") == rows_of(store, "events", "event_id, device")
    assert counted(load(store, tmp_path / "out", keyed=KEYED), "events") == {"duplicate": 4}


def test_without_the_keys_a_device_stays_as_given(store: Store, folder: Path) -> None:
    write(folder, "events", ROWS[:1])
    assert load(store, folder).kept
    assert rows_of(store, "events", "device") == [("phone",)]
