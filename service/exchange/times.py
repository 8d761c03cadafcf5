"""ISO 8601 text and Arrow times to UTC microseconds, whole columns at once."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from service.clock import parse_us, to_us

LOWEST_US = 0
HIGHEST_US = to_us(dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC))
FILE_YEARS = range(LOWEST_US, HIGHEST_US + 1)
"""The instants that a file may name, microseconds."""
_UNITS = {"s": (1_000_000, 1), "ms": (1_000, 1), "us": (1, 1), "ns": (1, 1_000)}
_ZONED = r"[T ].*(Z|[+-]\d\d(:?\d\d)?)$"

Mask = npt.NDArray[np.bool_]
Micros = npt.NDArray[np.int64]


def micros_of_times(column: pa.Array) -> tuple[Micros, Mask]:
    """Microseconds of timestamps or dates (naive = UTC, nanoseconds are cut off) and where they are out of range."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("ms"))
    times, per = _UNITS[column.type.unit]
    raw = column.cast(pa.timestamp(column.type.unit)).cast(pa.int64()).fill_null(0).to_numpy()
    outside = (raw < LOWEST_US * per // times) | (raw > HIGHEST_US * per // times)
    return np.where(outside, 0, raw) * times // per, outside


def micros_of_text(column: pa.StringArray) -> tuple[Micros, Mask, Mask]:
    """Microseconds of ISO 8601 text, where they are out of range, and where the text is no time."""
    zoned = pc.match_substring_regex(column, _ZONED)
    try:
        nothing = pa.nulls(len(column), column.type)
        plain = pc.if_else(zoned, nothing, column).cast(pa.timestamp("us")).cast(pa.int64())
        other = pc.if_else(zoned, column, nothing).cast(pa.timestamp("us", "UTC")).cast(pa.int64())
        raw = pc.coalesce(plain, other)
    except pa.ArrowInvalid:
        raw = pa.array([_micros(text) for text in column.to_pylist()], pa.int64())
    bad = column.is_valid().to_numpy(zero_copy_only=False) & ~raw.is_valid().to_numpy(zero_copy_only=False)
    values = raw.fill_null(0).to_numpy()
    return values, (values < LOWEST_US) | (values > HIGHEST_US), bad


def _micros(text: str | None) -> int | None:
    return None if text is None else parse_us(text, None)
