"""Rows that were not loaded, kept as they came beside the report, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

_REASON = pa.schema(
    [("reject_row", pa.int64()), ("reject_code", pa.string()), ("reject_column", pa.string()), ("line", pa.string())]
)


class Rejects:
    """Writes `rejected/<file>` once there is something to write: the row's number, code, column, and the row.

    What came as CSV (`text`) is kept as CSV, what came as Parquet as Parquet.

    `line` is the text of a CSV line that could not be told apart into fields.
    """

    def __init__(self, folder: Path, name: str, *, text: bool) -> None:
        self._path = folder / "rejected" / f"{name}.{'csv' if text else 'parquet'}"
        self._text = text
        self._writer: pq.ParquetWriter | pacsv.CSVWriter | None = None

    @property
    def path(self) -> Path | None:
        """The file, once there is one."""
        return None if self._writer is None else self._path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def rows(
        self, batch: pa.RecordBatch, places: Sequence[int], first: int, reasons: Sequence[tuple[str, str]]
    ) -> None:
        """Keep rows of a batch whose first row has the number `first`."""
        if places:
            taken = batch.take(pa.array(places, pa.int64()))
            numbers = np.asarray(places, dtype=np.int64) + first
            codes, columns = zip(*reasons, strict=True)
            self._write([numbers, codes, columns, [None] * len(places)], taken.columns, batch.schema.names)

    def lines(self, broken: Sequence[tuple[int, str]], columns: pa.Schema) -> None:
        """Keep lines of a CSV file that have too many or too few fields."""
        if broken:
            numbers, texts = zip(*broken, strict=True)
            empty = [pa.nulls(len(broken), field.type) for field in columns]
            self._write([numbers, ["bad_row"] * len(broken), [""] * len(broken), texts], empty, columns.names)

    def _write(self, reason: Sequence[object], values: Sequence[pa.Array], names: Sequence[str]) -> None:
        arrays = [pa.array(part, field.type) for part, field in zip(reason, _REASON, strict=True)]
        fields = list(_REASON)
        for name, value in zip(names, values, strict=True):
            if name not in _REASON.names:
                arrays.append(_readable(value))
                fields.append(pa.field(name, arrays[-1].type))
        schema = pa.schema(fields)
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = (
                pacsv.CSVWriter(self._path, schema)
                if self._text
                else pq.ParquetWriter(self._path, schema, compression="zstd")
            )
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


def _readable(column: pa.Array) -> pa.Array:
    """Bytes, as all fields of CSV come, as text; what is not UTF-8 is escaped."""
    if not pa.types.is_binary(column.type):
        return column
    texts = [None if value is None else value.decode(errors="backslashreplace") for value in column.to_pylist()]
    return pa.array(texts, pa.string())
