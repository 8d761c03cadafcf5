"""Out of the database, into an empty one, and out again: nothing is lost, and the bytes are the same."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.bootstrap import runtime_of
from service.clock import parse_us, to_us
from service.errors import Refused
from service.exchange import export_folder
from service.exchange.schema import FILES
from tests.sample_bank import NOW, SampleBank, Service
from tests.unit.service.exchange.everything import FILES as GIVEN
from tests.unit.service.exchange.everything import write_everything
from tests.unit.service.exchange.folders import PRODUCTS, T0, T1, content, counted, load, write
from tests.unit.service.exchange.folders import bank as bank_at

ROOT = Path(__file__).parents[2]
TIMES = {column.name for file in FILES for column in file.columns if column.type == "time"}


def plain(name: str, value: Any) -> Any:
    """A value without what the format leaves open: the zone of a time, a list that is empty."""
    if name in TIMES and isinstance(value, str):
        return parse_us(value, None)
    if name in TIMES and value is not None:
        return to_us(value)
    return value or None if isinstance(value, list) else value


def facts(rows: list[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
    """Rows without order, column order and unknown values."""
    told = [{name: plain(name, value) for name, value in row.items()} for row in rows]
    return sorted(sorted((name, repr(value)) for name, value in row.items() if value is not None) for row in told)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    with bank_at(tmp_path / "first.db") as store:
        assert load(store, write_everything(tmp_path / "given")).kept
        export_folder(store, tmp_path / "first")
    return tmp_path / "first"


@pytest.mark.parametrize("name", GIVEN)
def test_what_was_imported_is_exported(exported: Path, name: str) -> None:
    assert facts(pq.read_table(exported / f"{name}.parquet").to_pylist()) == facts(list(GIVEN[name]))


def test_the_manifest_says_when_the_statement_was(exported: Path) -> None:
    assert '"as_of": "2026-11-01T00:00:00Z"' in (exported / "manifest.json").read_text()


def test_out_of_an_empty_database_the_same_bytes_come_again(exported: Path, tmp_path: Path) -> None:
    with bank_at(tmp_path / "second.db") as store:
        assert load(store, exported).kept
        export_folder(store, tmp_path / "second")
        assert store.stale(store.everybody()) == []
    names = sorted(path.name for path in exported.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "second").iterdir())
    assert len(names) == 1 + len(GIVEN)
    for name in names:
        assert (exported / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_importing_an_export_where_it_came_from_changes_nothing(exported: Path, tmp_path: Path) -> None:
    before = content(tmp_path / "first.db")
    with bank_at(tmp_path / "first.db") as store:
        report = load(store, exported)
    assert report.kept
    assert content(tmp_path / "first.db") == before
    assert all(set(counted(report, name)) <= {"unchanged", "duplicate"} for name in report.files)


def test_a_folder_that_holds_something_is_not_written_to(exported: Path, tmp_path: Path) -> None:
    with bank_at(tmp_path / "first.db") as store, pytest.raises(Refused, match="not an empty folder"):
        export_folder(store, exported)


def test_an_empty_bank_exports_a_manifest(tmp_path: Path) -> None:
    with bank_at(tmp_path / "bank.db") as store:
        report = export_folder(store, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.json"]
    assert report.as_dict()["files"] == {}


IMPORTER = """
import sys
import time
from pathlib import Path
from tests.unit.service.exchange.folders import bank as bank_at, load

def tell(stage, done, total):
    print(stage, done, flush=True)
    if f"{stage} {done}".startswith(sys.argv[3]):
        time.sleep(60)

with bank_at(Path(sys.argv[1])) as store:
    load(store, Path(sys.argv[2]), progress=tell)
"""


def events(count: int) -> pa.Table:
    numbers = np.arange(count)
    return pa.table(
        {
            "event_id": pa.array(numbers).cast(pa.string()),
            "customer_id": pa.array(numbers % 10).cast(pa.string()),
            "kind": pa.array(["login"] * count),
            "occurred_at": pa.array([T0] * count),
        }
    )


@pytest.mark.parametrize("stage", ["events 65536", "rows "])
def test_killed_in_the_middle_an_import_leaves_the_old_content(tmp_path: Path, stage: str) -> None:
    folder = write(tmp_path / "folder", "products", PRODUCTS)
    with bank_at(tmp_path / "bank.db") as store:
        load(store, folder)
    before = content(tmp_path / "bank.db")
    write(folder, "events", events(100_000))
    command = [sys.executable, "-c", IMPORTER, str(tmp_path / "bank.db"), str(folder), stage]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith(stage) for line in process.stdout)
        os.kill(process.pid, signal.SIGKILL)
    with bank_at(tmp_path / "bank.db") as store:
        assert content(tmp_path / "bank.db") == before
        assert load(store, folder).kept
        assert store.stale(store.everybody()) == []
        assert len(store.everybody()) == 10


def test_no_reader_ever_sees_an_imported_fact_beside_a_row_without_it(tmp_path: Path) -> None:
    seen: set[tuple[int, bool | None, int]] = set()
    folder = write(tmp_path / "folder", "products", PRODUCTS)
    answer = {"customer_id": "c", "scope": "personalisation", "granted": True, "changed_at": T0}
    write(folder, "consents", [answer])
    with bank_at(tmp_path / "bank.db") as store:

        def look(*_: object) -> None:
            versions, row = store.read("c", personal=True)
            with store.connect() as connection:
                answers = connection.exec_driver_sql("SELECT count(*) FROM consents").scalar_one()
            seen.add((versions.catalogue, None if row is None else row.personal, answers))

        look()
        load(store, folder, progress=look)
        look()
        write(folder, "consents", [answer | {"granted": False, "changed_at": T1}])
        load(store, folder, progress=look)
        look()
    assert seen == {(1, None, 0), (2, True, 1), (2, False, 2)}


@pytest.fixture
def held(bank: SampleBank) -> Iterator[sqlite3.Connection]:
    """The database of the bank, as another process holds it that imports."""
    connection = sqlite3.connect(bank.data_dir / "huojia.db", isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def test_beside_an_import_a_command_starts_and_rebuilds_nobody(bank: SampleBank, held: sqlite3.Connection) -> None:
    held.execute("UPDATE customer_rows SET state = x'00'")
    held.execute("BEGIN IMMEDIATE")
    with runtime_of(bank.settings()) as runtime:
        some = runtime.store.customer_ids(limit=5)
        assert runtime.store.stale(some) == some


def test_beside_an_import_events_come_back_soon_with_503_and_are_stored_afterwards(
    service: Service, bank: SampleBank, held: sqlite3.Connection
) -> None:
    def send(number: int) -> tuple[int, str | None, float]:
        began = time.monotonic()
        event = {"event_id": f"e{number}", "customer_id": f"new-{number}", "kind": "login", "occurred_at": NOW}
        answer = service.client.post("/v1/events", json={"events": [event]}, headers=service.as_service)
        return answer.status_code, answer.headers.get("retry-after"), time.monotonic() - began

    send(0)
    held.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(16) as callers:
        refused = list(callers.map(send, range(1, 17)))
        again = list(callers.map(send, range(1, 17)))
        switch = {"enabled": False}
        answer = service.client.put("/v1/me/personalisation", json=switch, headers=service.as_customer("new-1"))
        held.execute("ROLLBACK")
        stored = list(callers.map(send, range(1, 17)))
    assert {(status, retry) for status, retry, _ in refused + again} == {(503, "1")}
    assert max(seconds for _, _, seconds in refused) < 5
    assert max(seconds for _, _, seconds in again) < 1.5
    assert answer.status_code == 503
    assert {status for status, _, _ in stored} == {202}
    for number in range(17):
        assert len(service.runtime.store.history(f"new-{number}").events) == 1
