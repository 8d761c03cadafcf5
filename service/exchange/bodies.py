"""The hash of an event's canonical body: the JSON object with sorted keys that a caller would send."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from service.clock import iso

_MICROS = 1_000_000


def body_hashes(columns: Mapping[str, pa.Array]) -> list[bytes]:
    """SHA-256 of each event, so that the same event through the API is a duplicate; columns as `check` leaves them.

    The objects are put together as columns of text: one by one they would cost half of an import's time.
    """
    names = sorted(name for name, column in columns.items() if _sent(name) and column.null_count < len(column))
    parts = [_member(name, columns[name], last=name == names[-1]) for name in names]
    bodies = pc.binary_join_element_wise("{", *parts, "", null_handling="replace", null_replacement="")
    # Where the last column is empty, a comma is left over.
    return [sha256(body[:-1] + b"}" if body[-1] == _COMMA else body + b"}").digest() for body in _bytes(bodies)]


_COMMA = ord(",")


def _bytes(column: pa.StringArray) -> list[bytes]:
    values: list[bytes] = column.cast(pa.binary()).to_pylist()
    return values


def _sent(name: str) -> bool:
    return name not in {"product_no", "tracking"}


def _member(name: str, column: pa.Array, *, last: bool) -> pa.StringArray:
    value, quote = _json(name, column)
    return pc.binary_join_element_wise(f'"{name}":{quote}', value, f"{quote}{'' if last else ','}", "")


def _json(name: str, column: pa.Array) -> tuple[pa.StringArray, str]:
    """The column's values as JSON, and the quote to put around them."""
    if name == "occurred_at":
        return _times(column), '"'
    if name == "amount":
        return pa.array([None if value is None else _units(value) for value in column.to_pylist()], pa.string()), ""
    if name == "payload":
        return column, ""
    if not pa.types.is_string(column.type):
        return column.cast(pa.string()), ""
    if _plain(column):
        return column, '"'
    return pa.array([None if value is None else orjson.dumps(value).decode() for value in column.to_pylist()]), ""


def _plain(column: pa.StringArray) -> bool:
    """Whether no character of the column would be escaped."""
    data = column.buffers()[2]
    if data is None:
        return True
    raw = np.frombuffer(data, dtype=np.uint8)
    return not ((raw < 0x20) | (raw == ord('"')) | (raw == ord("\\"))).any()


def _times(column: pa.Array) -> pa.StringArray:
    """ISO 8601 with `Z`, as `service.clock.iso` writes it."""
    micros = column.to_numpy(zero_copy_only=False)
    if (micros % _MICROS).any():
        return pa.array([iso(us) for us in column.to_pylist()])
    seconds = pa.array(micros // _MICROS).cast(pa.timestamp("s")).cast(pa.string())
    return pc.binary_join_element_wise(pc.binary_replace_slice(seconds, 10, 11, "T"), "Z", "")


def _units(minor: int) -> str:
    return orjson.dumps(minor / 100 if minor % 100 else minor // 100).decode()
