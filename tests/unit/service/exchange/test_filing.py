"""Whatever a file holds: every row is loaded, or kept with its reason."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.exchange import ImportReport
from service.exchange.schema import CODES, FILES, Column, File
from service.stores.protocols import Store
from tests.unit.service.exchange.folders import PRODUCTS, T0, T1, bank, load, rejected, rows_of, write, write_csv

TIMES = [T0, T1, "2026-01-05", "2026-01-05 08:00:00+08:00", "1960-01-01", "2030-01-01", "2026-02-30", "soon", ""]
AMOUNTS = [0.29, 1.0, 12345678901.23, 0.001, -1.0, math.nan, math.inf, 1e18]
TEXTS = ["c", "d", "p1", "p2", "p9", "", "nul\0", "deposit.term", "T+1", "a;b", "是"]
PARTS: dict[str, list[Any]] = {
    "text": TEXTS,
    "tag": [*TEXTS, " c", "a\u200b"],
    "grade": ["R1", "R9", "C3", ""],
    "int": [0, 1, -1, 7, 2**31],
    "money": AMOUNTS,
    "number": [0.5, 1.5, -0.1, math.nan, math.inf],
    "bool": [True, False],
    "time": TIMES,
    "list": [["a"], [], ["in_app", "push"], ["food"]],
    "windows": [[f"{T0}/{T1}"], [f"{T1}/{T0}"], ["now"], []],
    "object": ['{"reason":"too_risky"}', '{"reason":"bored"}', "[]", "{", ""],
}
TYPES = {"int": pa.int64(), "money": pa.float64(), "number": pa.float64(), "bool": pa.bool_()}
LISTS = pa.list_(pa.string())
IMPORTED = [file for file in FILES if file.imported]


def values(column: Column) -> st.SearchStrategy[Any]:
    """Good and bad values of a column, many of them alike, so that keys come twice."""
    found = [*column.values[:2], "nothing of the list"] if column.type == "enum" else PARTS[column.type]
    return st.sampled_from([*found, found[0], found[0], None])


def tables(file: File) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows of a file with a fault here and there."""
    rows = st.fixed_dictionaries({column.name: values(column) for column in file.columns})
    return st.lists(rows, max_size=12)


def as_parquet(folder: Path, file: File, rows: list[dict[str, Any]]) -> None:
    def kind(column: Column) -> pa.DataType:
        return LISTS if column.type in {"list", "windows"} else TYPES.get(column.type, pa.string())

    schema = pa.schema([(column.name, kind(column)) for column in file.columns])
    write(folder, file.name, pa.Table.from_pylist(rows, schema=schema))


def as_csv(folder: Path, file: File, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.name for column in file.columns)
    for row in rows:
        writer.writerow(";".join(value) if isinstance(value, list) else value for value in row.values())
    write_csv(folder, file.name, text.getvalue(), "utf-8-sig")


@contextmanager
def bank_with_products() -> Iterator[tuple[Store, Path]]:
    with tempfile.TemporaryDirectory() as name, bank(Path(name) / "bank.db") as store:
        load(store, write(Path(name) / "products", "products", PRODUCTS))
        yield store, Path(name)


def kept(report: ImportReport, name: str) -> int:
    """Rows in the reject file, all of them with a listed code."""
    rows = rejected(report, name)
    assert {row["reject_code"] for row in rows} <= CODES.keys()
    return len(rows)


def check_accounts(store: Store, folder: Path, file: File, rows: int) -> None:
    before = len(rows_of(store, file.name))
    report = load(store, folder, max_rejects=rows)
    counts = report.files[file.name]
    loaded = counts.inserted + counts.replaced
    assert counts.read == rows
    assert rows == loaded + counts.unchanged + counts.duplicate + counts.superseded + counts.tombstoned + counts.rejects
    assert kept(report, file.name) == counts.rejects
    assert len(rows_of(store, file.name)) == before + counts.inserted
    again = load(store, folder, max_rejects=rows).files[file.name]
    assert again.inserted + again.replaced == 0
    assert again.read == rows


@pytest.mark.slow
@pytest.mark.parametrize("as_file", [as_parquet, as_csv])
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_rows_in_are_rows_accounted_for(as_file: Any, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(IMPORTED))
    rows = data.draw(tables(file))
    with bank_with_products() as (store, folder):
        as_file(folder / "folder", file, rows)
        # A CSV line without any value is no row.
        lines = len(rows) if as_file is as_parquet else sum(any(row.values()) or len(row) > 1 for row in rows)
        check_accounts(store, folder / "folder", file, lines)
