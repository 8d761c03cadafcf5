"""What every conversion of a column is made of: masks, faults, text."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from service.exchange.times import Mask

Faults = list[tuple[str, Mask]]
"""Reason codes with the rows that they are about."""


class Unreadable(Exception):
    """The whole column is of another type than it should be."""


def valid(column: pa.Array) -> Mask:
    """Where the column has a value."""
    mask: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return mask


def truth(column: pa.Array) -> Mask:
    """A column of truth values as a mask; unknown is false."""
    mask: Mask = column.fill_null(False).to_numpy(zero_copy_only=False)
    return mask


def as_text(column: pa.Array) -> tuple[pa.StringArray, Faults]:
    """The column as UTF-8 text with the empty text as null; raises Unreadable if it is no text."""
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_binary(kind)):
        if not (pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind)):
            raise Unreadable
        column = column.cast(pa.string())
    try:
        # Parquet does not say whether its text is UTF-8: this cast looks.
        checked = column.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        checked = pa.array([_decoded(value) for value in column.cast(pa.binary()).to_pylist()], pa.string())
    broken = valid(column) & ~valid(checked)
    data = checked.buffers()[2]
    if data is not None and b"\0" in data.to_pybytes():
        broken |= truth(pc.match_substring(checked, "\0"))
    empty = pc.equal(pc.binary_length(checked), pa.scalar(0, pa.int32()))
    if pc.any(empty).as_py():
        checked = pc.if_else(empty, pa.scalar(None, pa.string()), checked)
    return checked, [("bad_text", broken)] if broken.any() else []


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
