"""Out of the database, into an empty one, and out again: nothing is lost, and the bytes are the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.clock import to_us
from service.errors import Refused
from service.exchange import export_folder, resume_import
from service.exchange.schema import FILES
from service.exchange.times import parse_time
from tests.factories import NOW_US
from tests.unit.service.exchange.everything import FILES as GIVEN
from tests.unit.service.exchange.everything import write_everything
from tests.unit.service.exchange.folders import PRODUCTS, T0, bank, content, counted, load, write

ROOT = Path(__file__).parents[2]
TIMES = {column.name for file in FILES for column in file.columns if column.type == "time"}


def plain(name: str, value: Any) -> Any:
    """A value without what the format leaves open: the zone of a time, a list that is empty."""
    if name in TIMES and isinstance(value, str):
        moment = parse_time(value)
        assert moment is not None
        return to_us(moment)
    if name in TIMES and value is not None:
        return to_us(value)
    return value or None if isinstance(value, list) else value


def facts(rows: list[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
    """Rows without order, column order and unknown values."""
    told = [{name: plain(name, value) for name, value in row.items()} for row in rows]
    return sorted(sorted((name, repr(value)) for name, value in row.items() if value is not None) for row in told)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    with bank(tmp_path / "first.db") as store:
        assert load(store, write_everything(tmp_path / "given")).kept
        export_folder(store, tmp_path / "first")
    return tmp_path / "first"


@pytest.mark.parametrize("name", GIVEN)
def test_what_was_imported_is_exported(exported: Path, name: str) -> None:
    assert facts(pq.read_table(exported / f"{name}.parquet").to_pylist()) == facts(list(GIVEN[name]))


def test_the_manifest_says_when_the_statement_was(exported: Path) -> None:
    assert '"as_of": "2026-11-01T00:00:00Z"' in (exported / "manifest.json").read_text()


def test_out_of_an_empty_database_the_same_bytes_come_again(exported: Path, tmp_path: Path) -> None:
    with bank(tmp_path / "second.db") as store:
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
    with bank(tmp_path / "first.db") as store:
        report = load(store, exported)
    assert report.kept
    assert content(tmp_path / "first.db") == before
    assert all(set(counted(report, name)) <= {"unchanged", "duplicate"} for name in report.files)


def test_a_folder_that_holds_something_is_not_written_to(exported: Path, tmp_path: Path) -> None:
    with bank(tmp_path / "first.db") as store, pytest.raises(Refused, match="not an empty folder"):
        export_folder(store, exported)


def test_an_empty_bank_exports_a_manifest(tmp_path: Path) -> None:
    with bank(tmp_path / "bank.db") as store:
        report = export_folder(store, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.json"]
    assert report.as_dict()["files"] == {}


IMPORTER = """
import sys
from pathlib import Path
from tests.unit.service.exchange.folders import bank, load

def tell(stage, done, total):
    print(stage, done, flush=True)

with bank(Path(sys.argv[1])) as store:
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
def test_killed_in_the_middle_an_import_leaves_the_old_content_or_finishes_later(tmp_path: Path, stage: str) -> None:
    folder = write(tmp_path / "folder", "products", PRODUCTS)
    with bank(tmp_path / "bank.db") as store:
        load(store, folder)
    before = content(tmp_path / "bank.db")
    write(folder, "events", events(100_000))
    command = [sys.executable, "-c", IMPORTER, str(tmp_path / "bank.db"), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith(stage) for line in process.stdout)
        os.kill(process.pid, signal.SIGKILL)
    with bank(tmp_path / "bank.db") as store:
        if stage.startswith("events"):
            assert content(tmp_path / "bank.db") == before
            assert not resume_import(store, NOW_US)
        else:
            assert resume_import(store, NOW_US)
            assert not resume_import(store, NOW_US)
            assert store.stale(store.everybody()) == []
            assert len(store.everybody()) == 10
