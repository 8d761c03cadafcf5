"""Stored values as the values of a file: units instead of minor units, times instead of microseconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa

from service.exchange.schema import ATTRIBUTE, Column, File, Type

Values = Sequence[object]
Make = Callable[[Values], pa.Array]

_LIST = pa.list_(pa.string())
_TIME = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Outward:
    """How rows of the database become columns of a file; `attributes` is the place of the attributes' JSON."""

    schema: pa.Schema
    makers: tuple[Make, ...]
    attributes: Mapping[str, Make] | None = None

    def arrays(self, rows: Sequence[tuple[object, ...]]) -> list[pa.Array]:
        """The columns of a page of rows."""
        columns = list(zip(*rows, strict=True))
        arrays = [make(values) for make, values in zip(self.makers, columns, strict=False)]
        if self.attributes:
            objects = [{} if text is None else orjson.loads(str(text)) for text in columns[-1]]
            arrays += [make([found.get(name) for found in objects]) for name, make in self.attributes.items()]
        return arrays


def outward(file: File, attributes: Mapping[str, set[str]] | None = None) -> Outward:
    """The shape of a file, with the attributes that customers have and the JSON types of their values."""
    fields = [(column.name, _ARROW[column.type]) for column in file.columns]
    makers = tuple(_maker(column) for column in file.columns)
    if not attributes:
        return Outward(pa.schema(fields), makers)
    kinds = {name: _attribute_type(kinds) for name, kinds in attributes.items()}
    fields += [(ATTRIBUTE + name, kind) for name, kind in kinds.items()]
    return Outward(pa.schema(fields), makers, {name: _attribute_maker(kind) for name, kind in kinds.items()})


def _attribute_type(kinds: set[str]) -> pa.DataType:
    """The narrowest type that keeps all values; of unlike ones, text."""
    if kinds <= {"integer"}:
        return pa.int64()
    if kinds <= {"integer", "real"}:
        return pa.float64()
    return pa.bool_() if kinds <= {"true", "false"} else pa.string()


def _attribute_maker(kind: pa.DataType) -> Make:
    if kind != pa.string():
        return lambda values: pa.array(values, kind)
    return lambda values: pa.array(
        [value if value is None or isinstance(value, str) else json.dumps(value) for value in values], kind
    )


def _maker(column: Column) -> Make:
    kind = _ARROW[column.type]
    if column.type == "grade":
        return lambda values: _grades(values, column)
    if column.type == "money":
        return _units
    if column.type in {"list", "windows"}:
        return _lists
    if column.type == "bool":
        return lambda values: pa.array([None if value is None else bool(value) for value in values], kind)
    if column.type == "time":
        return lambda values: pa.array(values, pa.int64()).cast(_TIME)
    return lambda values: pa.array(values, kind)


def _grades(values: Values, column: Column) -> pa.Array:
    return pa.array([column.values[value - 1] if isinstance(value, int) else None for value in values], pa.string())


def _units(values: Values) -> pa.Array:
    minor = pa.array(values, pa.int64())
    known = minor.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(minor.fill_null(0).to_numpy(zero_copy_only=False).astype(np.float64) / 100, mask=~known)


def _lists(values: Values) -> pa.Array:
    return pa.array([None if value is None else json.loads(str(value)) for value in values], _LIST)


_ARROW: dict[Type, pa.DataType] = {
    "text": pa.string(),
    "tag": pa.string(),
    "enum": pa.string(),
    "grade": pa.string(),
    "int": pa.int64(),
    "money": pa.float64(),
    "number": pa.float64(),
    "bool": pa.bool_(),
    "time": _TIME,
    "list": _LIST,
    "windows": _LIST,
    "object": pa.string(),
}
