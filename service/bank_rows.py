"""Rows of the exchange format that come as JSON, judged by the format's own checks, in the form the stores take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from service.exchange import schema
from service.exchange.check import Surroundings, check
from service.exchange.schema import File
from service.exchange.targets import stored_name

_MOMENTARY = frozenset({"unknown_product", "time_out_of_range", "category_changed"})
"""Codes that hang on what is stored and on the clock: the same row may be right another time."""


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
    """Reads rows of a file as of a time and a catalogue (ids of products by their numbers)."""

    def __init__(self, now_us: int, product_ids: Sequence[str]) -> None:
        self._around = Surroundings(now_us, pa.array(list(product_ids), pa.string()))

    def read(
        self, file: File, row: Mapping[str, Any], given: Mapping[str, str] | None = None
    ) -> dict[str, Any] | Fault:
        """The row by the columns of its table; `given` are fields that the row need not repeat nor may contradict."""
        whole = {file.key[0]: None, **row, **(given or {})}
        fault = _shape(file, row, whole)
        if fault is not None:
            return fault
        try:
            columns = [pa.array([value]) for value in whole.values()]
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            return Fault(_unreadable(whole), "bad_type", schema.CODES["bad_type"])
        checked = check(file, pa.RecordBatch.from_arrays(columns, names=list(whole)), self._around, text=False)
        if not checked.good[0]:
            code, name = checked.reason(0)
            return _OF_A_ROW.get(code, Fault("", code, schema.CODES[code]))._replace(field=name)
        return _stored(file, {name: column[0].as_py() for name, column in checked.columns.items()})


def _shape(file: File, row: Mapping[str, object], whole: Mapping[str, object]) -> Fault | None:
    _, strange = file.compare(list(whole))
    if strange:
        return Fault(strange[0][:64], "unknown_field", "no such field")
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


def _stored(file: File, values: Mapping[str, Any]) -> dict[str, Any]:
    """By the names of the table; categories of products and tags keep their codes, numbers are the store's affair."""
    coded = {schema.PRODUCTS.name: "category", schema.TAGS.name: "tag"}.get(file.name)
    names = {column.name: stored_name(file, column.name) for column in file.columns if column.name != coded}
    record = {stored: values[stored if stored.endswith("_no") else name] for name, stored in names.items()}
    if coded is not None:
        record[coded] = values[coded]
    return record | ({"attributes": values["attributes"]} if file.attributes else {})
