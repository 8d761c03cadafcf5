"""Rows of the exchange format that come as JSON, judged by the format's own checks, in the form the stores take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from service.errors import no_such_field
from service.exchange import schema
from service.exchange.check import Checked, Surroundings, check
from service.exchange.schema import File
from service.exchange.targets import stored_name

_MOMENTARY = frozenset({"unknown_product", "time_out_of_range", "category_changed"})
"""Codes that hang on what is stored and on the clock: the same row may be right another time."""
_TYPES: Mapping[type, pa.DataType] = {
    type(None): pa.null(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
}
_WORD = 2**63


Kinds = tuple[tuple[str, pa.DataType], ...]


class Fault(NamedTuple):
    """What is wrong with a row: the field, the reason code of the format, a sentence."""

    field: str
    code: str
    detail: str

    @property
    def momentary(self) -> bool:
        """Whether the same row may be right another time."""
        return self.code in _MOMENTARY


_OF_A_ROW = {
    "missing_column": Fault("", "missing_field", "required"),
    "unknown_product": Fault("", "unknown_product", "not in the catalogue"),
}


class RowReader:
    """Reads rows of a file as of a time and a catalogue (ids of products by their numbers), beside inferred tags."""

    def __init__(self, now_us: int, product_ids: Sequence[str], inferred: Sequence[str] = ()) -> None:
        known = (pa.array(list(of), pa.string()) for of in (product_ids, inferred))
        self._around = Surroundings(now_us, *known)

    def read(
        self, file: File, row: Mapping[str, Any], given: Mapping[str, str] | None = None
    ) -> dict[str, Any] | Fault:
        """The row by the columns of its table; `given` are fields that the row need not repeat nor may contradict."""
        return self.read_all(file, [row], given)[0]

    def read_all(
        self, file: File, rows: Sequence[Mapping[str, Any]], given: Mapping[str, str] | None = None
    ) -> list[dict[str, Any] | Fault]:
        """As `read`, in the order of the rows; those with the same fields of the same types are judged together."""
        results: list[dict[str, Any] | Fault | None] = [None] * len(rows)
        wholes = [{file.key[0]: None, **row, **(given or {})} for row in rows]
        alike: dict[Kinds | int, list[int]] = {}
        for index, (row, whole) in enumerate(zip(rows, wholes, strict=True)):
            results[index] = _shape(file, row, whole)
            if results[index] is None:
                alike.setdefault(_kinds(whole) or index, []).append(index)
        for kinds, places in alike.items():
            read = self._judged(file, [wholes[place] for place in places], None if isinstance(kinds, int) else kinds)
            for index, result in zip(places, read, strict=True):
                results[index] = result
        return [result for result in results if result is not None]

    def _judged(
        self, file: File, rows: Sequence[Mapping[str, Any]], kinds: Kinds | None
    ) -> list[dict[str, Any] | Fault]:
        """Rows with the same fields of the same types; without these, one row whose types Arrow guesses."""
        types = dict(kinds or ())
        try:
            columns = [pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]]
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            if kinds is not None:
                return [self._judged(file, [row], None)[0] for row in rows]
            return [Fault(_unreadable(rows[0]), "bad_type", schema.CODES["bad_type"])]
        checked = check(file, pa.RecordBatch.from_arrays(columns, names=list(rows[0])), self._around, text=False)
        stored = _stored(file, checked.columns)
        return [
            record if good else _fault(checked, row)
            for row, (good, record) in enumerate(zip(checked.good, stored, strict=True))
        ]


def _kinds(row: Mapping[str, object]) -> Kinds | None:
    """The fields and the types that Arrow reads from them; None where that hangs on the values."""
    kinds = []
    for name, value in row.items():
        kind = type(value)
        if kind is list and _is_list(value):
            kinds.append((name, pa.list_(pa.string() if value else pa.null())))
        elif kind not in _TYPES or (isinstance(value, int) and not -_WORD <= value < _WORD):
            return None
        else:
            kinds.append((name, _TYPES[kind]))
    return tuple(kinds)


def _fault(checked: Checked, row: int) -> Fault:
    code, name = checked.reason(row)
    return _OF_A_ROW.get(code, Fault("", code, schema.CODES[code]))._replace(field=name)


def _shape(file: File, row: Mapping[str, object], whole: Mapping[str, object]) -> Fault | None:
    _, strange = file.compare(list(whole))
    if strange:
        return Fault(strange[0][:64], "unknown_field", no_such_field(column.name for column in file.columns))
    lists = {column.name for column in file.columns if column.type in {"list", "windows"}}
    for name, value in row.items():
        if value != whole[name]:
            return Fault(name, "bad_enum", "at odds with the address")
        if value == "":
            return Fault(name, "bad_type", "unknown is null or left out, never an empty text")
        if name in lists and not _is_list(value):
            return Fault(name, "bad_type", "a list of texts")
    return None


def _is_list(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(part, str) for part in value))


def _unreadable(row: Mapping[str, object]) -> str:
    for name, value in row.items():
        try:
            pa.array([value])
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            return name
    return ""


def _stored(file: File, columns: Mapping[str, pa.Array]) -> list[dict[str, Any]]:
    """By the names of the table; categories of products and tags keep their codes, numbers are the store's affair."""
    coded = {schema.PRODUCTS.name: "category", schema.TAGS.name: "tag"}.get(file.name)
    names = {column.name: stored_name(file, column.name) for column in file.columns if column.name != coded}
    taken = {stored: stored if stored.endswith("_no") else name for name, stored in names.items()}
    taken |= {name: name for name in [coded, "attributes" if file.attributes else None] if name is not None}
    values = [columns[name].to_pylist() for name in taken.values()]
    return [dict(zip(taken, row, strict=True)) for row in zip(*values, strict=True)]
