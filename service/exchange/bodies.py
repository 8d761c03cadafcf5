"""The hash of an event's canonical body: the JSON object with sorted keys that a caller would send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

import orjson
import pyarrow as pa

from service.clock import iso


def body_hashes(columns: Mapping[str, pa.Array]) -> list[bytes]:
    """SHA-256 of each event, so that the same event through the API is a duplicate; columns as `check` leaves them."""
    names = sorted(name for name, column in columns.items() if _sent(name) and column.null_count < len(column))
    values = [_as_sent(name, columns[name]) for name in names]
    return [
        sha256(
            orjson.dumps({name: value for name, value in zip(names, row, strict=True) if value is not None})
        ).digest()
        for row in zip(*values, strict=True)
    ]


def _sent(name: str) -> bool:
    return name not in {"product_no", "tracking"}


def _as_sent(name: str, column: pa.Array) -> Iterable[object]:
    values: list[object] = column.to_pylist()
    if name == "occurred_at":
        return [iso(value) for value in values if isinstance(value, int)]
    if name == "amount":
        return [_units(value) if isinstance(value, int) else None for value in values]
    if name == "payload":
        return [None if value is None else orjson.loads(str(value)) for value in values]
    return values


def _units(minor: int) -> int | float:
    return minor / 100 if minor % 100 else minor // 100
