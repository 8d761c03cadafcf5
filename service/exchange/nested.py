"""Columns whose values are read one by one into canonical JSON: lists, windows, objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from service.clock import iso, parse_us
from service.exchange.columns import Faults, as_text
from service.exchange.schema import Column
from service.exchange.times import FILE_YEARS


def _each(column: pa.Array, read: Callable[[Any], str | None]) -> tuple[pa.Array, Faults]:
    """Values that are read one by one into JSON text; a ValueError names its reason code."""
    texts: list[str | None] = []
    codes: list[str] = []
    for value in column.to_pylist():
        try:
            texts.append(None if value is None else read(value))
            codes.append("")
        except ValueError as error:
            texts.append(None)
            codes.append(str(error))
    found = np.array(codes, dtype=object)
    return pa.array(texts, pa.string()), [(code, found == code) for code in sorted(set(codes) - {""})]


def lists(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    """JSON lists of texts; an empty list is null."""
    return _each(_parts_column(column), lambda value: _list_text(value, spec))


def _parts_column(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return column
    return as_text(column)[0]


def _parts(value: object) -> list[str]:
    parts = value.split(";") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(part is None or isinstance(part, str) for part in parts):
        raise ValueError("bad_type")
    return [part.strip() for part in parts if part and part.strip()]


def _list_text(value: object, spec: Column) -> str | None:
    parts = _parts(value)
    if spec.values and not set(parts) <= set(spec.values):
        raise ValueError("bad_enum")
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")) if parts else None


def windows(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    """JSON lists of `from/until` in ISO 8601."""
    return _each(_parts_column(column), _windows_text)


def _windows_text(value: object) -> str | None:
    windows = [_window(part) for part in _parts(value)]
    return json.dumps(windows, separators=(",", ":")) if windows else None


def _window(part: str) -> str:
    ends = [parse_us(text, FILE_YEARS) for text in part.split("/")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise ValueError("bad_type")
    if ends[1] < ends[0]:
        raise ValueError("until_before_from")
    return "/".join(iso(end) for end in ends if end is not None)


def objects(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    """JSON objects with sorted keys, from text, structs or maps."""
    if not pa.types.is_struct(column.type) and not pa.types.is_map(column.type):
        column, faults = as_text(column)
    else:
        faults = []
    texts, more = _each(column, _object_text)
    return texts, faults + more


def _object_text(value: Any) -> str:  # noqa: ANN401 - text, a struct or a map
    try:
        content = orjson.loads(value) if isinstance(value, str) else dict(value)
        if isinstance(content, dict):
            return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
    except (ValueError, TypeError):
        raise ValueError("bad_type") from None
    raise ValueError("bad_type")
