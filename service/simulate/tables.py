"""Columns to Parquet: one typed file a table, written in pieces so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from service.simulate.chance import MISSING, NONE, Bools, Floats, Ints

PIECE = 200_000
ID_DIGITS = 9
STAMP = pa.timestamp("us", tz="UTC")
Column = Callable[[slice], pa.Array]


def write(path: Path, columns: dict[str, Column], rows: int) -> int:
    """Writes `rows` rows as zstd Parquet and returns their number; the same columns give the same bytes."""
    pieces = _pieces(columns, rows)
    first = next(pieces)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(piece)
    return rows


def _pieces(columns: dict[str, Column], rows: int) -> Iterator[pa.Table]:
    for begin in range(0, max(rows, 1), PIECE):
        part = slice(begin, begin + PIECE)
        yield pa.table({name: column(part) for name, column in columns.items()})


def records(columns: dict[str, Column], part: slice) -> list[dict[str, object]]:
    """Some rows as dictionaries; what is unknown is left out."""
    chosen = [column(part).to_pylist() for column in columns.values()]
    named = (zip(columns, row, strict=True) for row in zip(*chosen, strict=True))
    return [{name: value for name, value in row if value is not None} for row in named]


def words(codes: Ints, vocabulary: Sequence[str]) -> Column:
    """Words by their place in a vocabulary; NONE is null."""
    known = pa.array(vocabulary, pa.string())

    def build(part: slice) -> pa.Array:
        chosen = codes[part]
        places = pa.array(np.where(chosen == NONE, 0, chosen).astype(np.int32), mask=chosen == NONE)
        return pa.DictionaryArray.from_arrays(places, known).dictionary_decode()

    return build


def numbered(numbers: Ints, prefix: str) -> Column:
    """Ids out of numbers, nine digits or more behind a prefix; NONE is null."""

    def build(part: slice) -> pa.Array:
        digits = pa.array(numbers[part].astype(np.int64), mask=numbers[part] == NONE).cast(pa.string())
        return pc.binary_join_element_wise(prefix, pc.utf8_lpad(digits, ID_DIGITS, "0"), "")

    return build


def stamps(seconds: Ints) -> Column:
    """Moments out of seconds UTC; MISSING is null."""

    def build(part: slice) -> pa.Array:
        chosen = seconds[part]
        micros = np.where(chosen == MISSING, 0, chosen) * 1_000_000
        return pa.array(micros, pa.int64(), mask=chosen == MISSING).cast(STAMP)

    return build


def money(cents: Ints) -> Column:
    """Amounts with two decimals out of cents; MISSING is null."""

    def build(part: slice) -> pa.Array:
        chosen = cents[part]
        return pa.array(np.where(chosen == MISSING, 0, chosen) / 100.0, pa.float64(), mask=chosen == MISSING)

    return build


def whole(numbers: Ints) -> Column:
    """Whole numbers; NONE is null."""
    return lambda part: pa.array(numbers[part].astype(np.int64), pa.int64(), mask=numbers[part] == NONE)


def decimals(values: Floats) -> Column:
    """Floating-point numbers; NaN is null."""
    return lambda part: pa.array(values[part], pa.float64(), mask=np.isnan(values[part]))


def flags(values: Bools) -> Column:
    """Yes or no."""
    return lambda part: pa.array(values[part], pa.bool_())


def given(values: Sequence[object], kind: pa.DataType) -> Column:
    """Python values of a stated type; None is null."""
    return lambda part: pa.array(values[part], kind)


def absent(rows: int) -> Column:
    """A text column without a value."""
    return lambda part: pa.nulls(len(range(*part.indices(rows))), pa.string())
