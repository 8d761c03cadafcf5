"""The hash of an event's canonical body (`service.event_body`), for whole columns of events."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

_RESOLVED = frozenset({"product_id", "tracking"})


def body_hashes(columns: Mapping[str, pa.Array]) -> list[bytes]:
    """SHA-256 of each event, so that the same event through the API is a duplicate; columns as `check` leaves them.

    The objects are put together as columns of text: one by one they would cost half of an import's time.
    """
    told = {name: column for name, column in columns.items() if name not in _RESOLVED}
    if "product_no" in told and "category" in told:
        told["category"] = pc.if_else(told["product_no"].is_valid(), None, told["category"])
    names = sorted(name for name, column in told.items() if column.null_count < len(column))
    parts = [_member(name, told[name], last=name == names[-1]) for name in names]
    bodies = pc.binary_join_element_wise("{", *parts, "", null_handling="replace", null_replacement="")
    # Where the last column is empty, a comma is left over.
    return [sha256(body[:-1] + b"}" if body[-1] == _COMMA else body + b"}").digest() for body in _bytes(bodies)]


_COMMA = ord(",")


def _bytes(column: pa.StringArray) -> list[bytes]:
    values: list[bytes] = column.cast(pa.binary()).to_pylist()
    return values


def _member(name: str, column: pa.Array, *, last: bool) -> pa.StringArray:
    value, quote = _json(name, column)
    return pc.binary_join_element_wise(f'"{name}":{quote}', value, f"{quote}{'' if last else ','}", "")


def _json(name: str, column: pa.Array) -> tuple[pa.StringArray, str]:
    """The column's values as JSON, and the quote to put around them."""
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
