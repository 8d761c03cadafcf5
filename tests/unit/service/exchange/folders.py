"""Small folders in the exchange format, and an empty bank to import them into."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from service.calendar import BankCalendar
from service.exchange import ImportReport, import_folder
from service.stores._bank import Bank
from service.stores.open import open_store
from service.stores.protocols import Store
from tests.factories import NOW_US, make_regime

DAY_US = 86_400_000_000
T0 = "2026-01-05T08:00:00Z"
T1 = "2026-02-05T08:00:00Z"
AS_OF = "2026-11-01T00:00:00Z"

PRODUCTS = [
    {
        "product_id": "p1",
        "category": "deposit.term",
        "name": "One",
        "min_amount": 0.29,
        "regions": ["310000", "110000"],
    },
    {"product_id": "p2", "category": "cash.mmf", "name": "Two", "risk_issuer": "R1", "regions": None},
    {"product_id": "p3", "category": "travel.voucher", "name": "Three", "risk_issuer": "R3", "regions": []},
]


@contextmanager
def bank(path: Path) -> Iterator[Store]:
    """A store in a file, closed on the way out."""
    known = Bank(make_regime(), BankCalendar("Asia/Shanghai"), lambda: NOW_US)
    store = open_store(f"sqlite:///{path}", known)
    try:
        yield store
    finally:
        store.close()


def write(folder: Path, name: str, rows: Sequence[Mapping[str, Any]] | pa.Table) -> Path:
    """A Parquet file of rows, or of a table as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist([dict(row) for row in rows])
    pq.write_table(table, folder / f"{name}.parquet")
    return folder


def write_csv(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A CSV file with the text as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_bytes(text.encode(encoding))
    return folder


def load(store: Store, folder: Path, **options: Any) -> ImportReport:
    """Import at the time of the tests, with the reports beside the folder."""
    return import_folder(store, folder, reports=folder.parent / "imports", now_us=NOW_US, **options)


def rows_of(store: Store, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Rows of a table, in the order in which they stand."""
    with store.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} FROM {table}")]  # noqa: S608


def content(path: Path) -> list[str]:
    """Everything that a database file says, as SQL."""
    with sqlite3.connect(path) as connection:
        lines = list(connection.iterdump())
    connection.close()
    return lines


def rejected(report: ImportReport, name: str) -> list[dict[str, Any]]:
    """The rejected rows of a file, of CSV every value as text."""
    path = Path(report.files[name].rejected_file or "nothing")
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    return pq.read_table(path).to_pylist() if path.exists() else []


def counted(report: ImportReport, name: str) -> dict[str, int]:
    """The counts of a file that are not zero, rejected rows by their code."""
    counts = report.files[name]
    names = ("inserted", "replaced", "unchanged", "duplicate", "tombstoned", "superseded", "not_kept")
    told = {name: getattr(counts, name) for name in names if getattr(counts, name)}
    return {**told, **counts.rejected}


def event(event_id: str = "e1", **fields: Any) -> dict[str, Any]:
    """A purchase of p1 by the customer c, unless said otherwise."""
    row = {"event_id": event_id, "customer_id": "c", "kind": "purchase", "occurred_at": T0, "product_id": "p1"}
    return {**row, **fields}
