"""Export: everything that the database says, sorted by key, so that equal facts give equal bytes."""

# ruff: noqa: S608 - the names in the statements come from the format, never from a file
from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from service.clock import iso
from service.errors import Refused
from service.exchange import schema
from service.exchange.outward import Outward, outward
from service.exchange.raw import PostgresRaw, Raw, raw_of
from service.exchange.raw import pages as read_pages
from service.exchange.report import ExportReport
from service.exchange.schema import File
from service.exchange.served import served_events, served_slots, with_served
from service.exchange.targets import stored_name
from service.progress import Progress, silent
from service.stores.protocols import Store

_PAGE = 65_536
_MANIFEST = "manifest.json"
_JOINS = {
    "product_id": ("p.product_id", "JOIN products p ON p.product_no = t.product_no"),
    "category": ("c.code", "LEFT JOIN categories c ON c.category_no = t.category_no"),
    "tag": ("g.tag", "JOIN tag_definitions g ON g.tag_no = t.tag_no"),
}
# An assigned tag that nobody defined has a number, but no definition.
_WHERE = {"tag_definitions": "WHERE t.kind IS NOT NULL"}
_KINDS = "SELECT DISTINCT j.key, j.type FROM customers t, json_each(t.attributes) j"
# The same words as SQLite's: a number is real where it is written as one.
_KINDS_POSTGRES = """
SELECT DISTINCT j.key, CASE json_typeof(j.value)
    WHEN 'number' THEN CASE WHEN j.value::text ~ '[.eE]' THEN 'real' ELSE 'integer' END
    WHEN 'boolean' THEN j.value::text WHEN 'string' THEN 'text' ELSE json_typeof(j.value) END
FROM customers t, json_each(t.attributes::json) j
"""
_STATED = "SELECT max(as_of_us) FROM statements"


def export_folder(
    store: Store,
    folder: Path,
    *,
    progress: Progress = silent,
    base_currency: str = schema.BASE_CURRENCY,
    settle: Callable[[], None] = lambda: None,
) -> ExportReport:
    """Write every file that has rows, as Parquet (zstd), and the manifest: all facts of one state of the database.

    The decision log is read after the facts: `settle` waits until what is on its way into the log has arrived, so that
    every decision that an event names is in it. The manifest's `as_of` is the time of the newest holdings statement,
    without one the latest time that is known. The manifest appears last: without it an export was cut short. Raises
    Refused if the folder is not empty.
    """
    began = time.monotonic()
    partial = _make_room(folder)
    report = ExportReport(str(folder))
    with store.connect() as facts:
        raw = raw_of(facts)
        report.as_of_us = _as_of(raw)
        settle()
        with store.connect() as log:
            _write_all(raw, log, partial, report, progress)
    _write_manifest(partial, report.as_of_us, base_currency)
    for path in sorted(partial.iterdir(), key=lambda path: path.name == _MANIFEST):
        path.replace(folder / path.name)
    partial.rmdir()
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _write_all(raw: Raw, log: Connection, folder: Path, report: ExportReport, progress: Progress) -> None:
    for file in schema.FILES:
        total = _rows(raw, file) if file.imported else 0
        attributes = _attributes(raw) if file.attributes else {}
        pages = read_pages(raw, _select(file), _PAGE) if total else iter(())
        if file is schema.EVENTS:
            pages = with_served(pages, served_events(log), _PAGE)
        if file is schema.DECISIONS:
            pages = served_slots(log, _PAGE)
        written = _write_pages(folder, file, (outward(file, attributes), pages), progress, total)
        if written:
            report.files[file.name] = written


def _make_room(folder: Path) -> Path:
    """A folder inside the folder, to be written first; what a crash left of an earlier one goes."""
    partial = folder / ".partial"
    if folder.exists() and (not folder.is_dir() or any(path != partial for path in folder.iterdir())):
        raise Refused(f"{folder} exists and is not an empty folder")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    return partial


def _rows(raw: Raw, file: File) -> int:
    return int(raw.execute(f"SELECT count(*) FROM {file.name} t {_WHERE.get(file.name, '')}").fetchone()[0])


def _select(file: File) -> str:
    joins: list[str] = []
    expressions: list[str] = []
    for column in file.columns:
        stored = stored_name(file, column.name)
        expression, join = f"t.{stored}", ""
        if stored.endswith("_no") or column.name == "product_id":
            expression, join = _JOINS[column.name] if stored.endswith("_no") else (expression, "")
        expressions.append(expression)
        if join:
            joins.append(join.replace("JOIN products", "LEFT JOIN products") if file is schema.EVENTS else join)
    if file.attributes:
        expressions.append("t.attributes")
    by_name = dict(zip((column.name for column in file.columns), expressions, strict=False))
    key = ["t.customer_id", "t.flow_key"] if file is schema.CASH_FLOWS else [by_name[name] for name in file.key]
    return (
        f"SELECT {', '.join(expressions)} FROM {file.name} t {' '.join(joins)} "
        f"{_WHERE.get(file.name, '')} ORDER BY {', '.join(key)}"
    )


def _write_pages(
    folder: Path,
    file: File,
    content: tuple[Outward, Iterator[list[tuple[object, ...]]]],
    progress: Progress,
    total: int = 0,
) -> int:
    shape, pages = content
    writer: pq.ParquetWriter | None = None
    done = 0
    for page in pages:
        if writer is None:
            writer = pq.ParquetWriter(folder / f"{file.name}.parquet", shape.schema, compression="zstd")
        writer.write_table(pa.Table.from_arrays(shape.arrays(page), schema=shape.schema))
        done += len(page)
        progress(f"export {file.name}", done, max(total, done))
    if writer is not None:
        writer.close()
    return done


def _attributes(raw: Raw) -> dict[str, set[str]]:
    """The attributes that customers have, with the JSON types of their values."""
    found: dict[str, set[str]] = {}
    for name, kind in raw.execute(_KINDS_POSTGRES if isinstance(raw, PostgresRaw) else _KINDS):
        found.setdefault(name, set()).add(kind)
    return dict(sorted(found.items()))


def _as_of(raw: Raw) -> int | None:
    stated: int | None = raw.execute(_STATED).fetchone()[0]
    if stated is not None:
        return stated
    latest: int | None = None
    for file in schema.FILES:
        for column in file.columns:
            if file.imported and column.type == "time" and not column.ahead:
                found = raw.execute(f"SELECT max({stored_name(file, column.name)}) FROM {file.name}").fetchone()[0]
                latest = found if latest is None else max(latest, found or latest)
    return latest


def _write_manifest(folder: Path, as_of_us: int | None, base_currency: str) -> None:
    content = {"format": schema.FORMAT, "base_currency": base_currency}
    manifest = content if as_of_us is None else {**content, "as_of": iso(as_of_us)}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
