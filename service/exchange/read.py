"""Streamed reading: which files a folder has, and each file as record batches of bounded size."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from service.clock import parse_us
from service.errors import Refused
from service.exchange import schema
from service.exchange.times import FILE_YEARS
from service.exchange.values import convert

BATCH_ROWS = 32_768
_BLOCK_BYTES = 4 << 20
_SUFFIXES = (".parquet", ".csv")


class Batch(NamedTuple):
    """Rows `first`, `first + 1` … (from 1) of a file; `broken`: lines of a CSV file that are no rows, (line, text)."""

    first: int
    rows: pa.RecordBatch
    broken: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the format that a folder has; `text` = every value is text, as in CSV."""

    name: str
    path: Path
    columns: tuple[str, ...]
    total: int
    text: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds: files to read, names that are not read, and its manifest's `as_of` (UTC microseconds)."""

    sources: dict[str, Source]
    unread: tuple[str, ...] = ()
    as_of_us: int | None = None


_Rows = tuple[pa.RecordBatch, tuple[tuple[int, str], ...]]


@dataclass(slots=True)
class _Lines:
    """Collects the lines of a CSV file that have too many or too few fields."""

    broken: list[tuple[int, str]] = field(default_factory=list)

    def __call__(self, row: pacsv.InvalidRow) -> str:
        self.broken.append((row.number or 0, row.text or ""))
        return "skip"

    def drain(self) -> tuple[tuple[int, str], ...]:
        taken, self.broken = tuple(self.broken), []
        return taken


def open_folder(folder: Path, base_currency: str = schema.BASE_CURRENCY) -> Folder:
    """Look at a folder; raises Refused if it is none, has a file twice, or another format or currency."""
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder")
    known = {file.name for file in schema.FILES if file.imported}
    paths = sorted(folder.iterdir())
    wanted = [path for path in paths if path.is_file() and path.suffix in _SUFFIXES and path.stem in known]
    twice = [name for name, count in Counter(path.stem for path in wanted).items() if count > 1]
    if twice:
        raise Refused(f"{folder} has {', '.join(twice)} both as .parquet and as .csv; remove one")
    read = {*wanted, folder / "manifest.json"}
    unread = tuple(path.name + ("/" if path.is_dir() else "") for path in paths if path not in read)
    return Folder({path.stem: _source(path) for path in wanted}, unread, _manifest(folder, base_currency))


def latest_time(folder: Folder, now_us: int) -> int | None:
    """The latest time that a file says has been (UTC microseconds); None if there is none."""
    latest: int | None = None
    for file in schema.FILES:
        source = folder.sources.get(file.name)
        dated = [column.name for column in file.columns if column.type == "time" and not column.ahead]
        names = [] if source is None else [name for name in dated if name in source.columns]
        if source is None or not names:
            continue
        for batch in batches(source, names):
            for name in names:
                found = _latest(batch.rows, file.column(name), now_us, text=source.text)
                latest = found if latest is None else max(latest, found or latest)
    return latest


def _latest(rows: pa.RecordBatch, spec: schema.Column, now_us: int, *, text: bool) -> int | None:
    times, faults = convert(rows.column(spec.name), spec, text=text, now_us=now_us)
    bad = np.zeros(len(times), dtype=bool)
    for _, mask in faults:
        bad |= mask
    latest: int | None = pc.max(times.filter(pa.array(~bad))).as_py()
    return latest


def batches(source: Source, columns: list[str] | None = None) -> Iterator[Batch]:
    """The file, or some of its columns, in batches of at most `BATCH_ROWS` rows; Refused where it cannot be read."""
    with _readable(source.path):
        first = 1
        for rows, broken in _read_csv(source) if source.text else _read_parquet(source, columns):
            yield Batch(first, rows, broken)
            first += rows.num_rows


def _manifest(folder: Path, base_currency: str) -> int | None:
    path = folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise Refused(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict) or content.get("format", schema.FORMAT) != schema.FORMAT:
        raise Refused(f"{path} is not of format {schema.FORMAT}")
    currency = content.get("base_currency", base_currency)
    if currency != base_currency:
        raise Refused(f"{path}: base currency {currency}; this bank's is {base_currency}")
    as_of = content.get("as_of")
    if as_of is None:
        return None
    us = parse_us(as_of, FILE_YEARS) if isinstance(as_of, str) else None
    if us is None:
        raise Refused(f"{path}: as_of {as_of!r} is not an ISO 8601 time")
    return us


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise Refused(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _source(path: Path) -> Source:
    with _readable(path):
        if path.suffix == ".csv":
            names, total = _csv_names(path), _count_lines(path)
        else:
            with pq.ParquetFile(path) as file:
                names, total = file.schema_arrow.names, file.metadata.num_rows
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise Refused(f"{path} has the column {', '.join(twice)} more than once")
    return Source(path.stem, path, tuple(names), total, path.suffix == ".csv")


def _read_parquet(source: Source, columns: list[str] | None) -> Iterator[_Rows]:
    with pq.ParquetFile(source.path, pre_buffer=False, buffer_size=1 << 20) as file:
        for rows in file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
            yield rows, ()


def _csv_names(path: Path) -> list[str]:
    if path.stat().st_size == 0:
        return []
    with closing(_open_csv(path, [], _Lines())) as reader:
        try:
            names: list[str] = reader.schema.names
        except UnicodeDecodeError:
            raise Refused(f"{path.name}: its header is not UTF-8; save the file as UTF-8 and import it again") from None
    return names


def _count_lines(path: Path) -> int:
    """Lines below the header: an estimate for progress (a field may hold a line break)."""
    with path.open("rb") as file:
        return max(sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1, 0)


def _open_csv(path: Path, names: list[str], lines: _Lines) -> pacsv.CSVStreamingReader:
    return pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=lines),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,
        ),
    )


def _read_csv(source: Source) -> Iterator[_Rows]:
    if not source.columns:
        return
    lines = _Lines()
    with closing(_open_csv(source.path, list(source.columns), lines)) as reader:
        for block in reader:
            for start in range(0, block.num_rows, BATCH_ROWS):
                yield block.slice(start, BATCH_ROWS), lines.drain()
        rest = lines.drain()
        if rest:
            yield pa.RecordBatch.from_pylist([], schema=reader.schema), rest
