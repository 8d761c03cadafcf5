"""Columns of a file into columns of the database: one conversion per type, with what it found wrong row by row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.clock import AHEAD_US
from service.exchange.columns import Faults, Unreadable, as_text, truth, valid
from service.exchange.nested import lists, objects, windows
from service.exchange.numeric import fractions, money, whole_numbers
from service.exchange.schema import Column
from service.exchange.times import micros_of_text, micros_of_times

"""How far the sender's clock may be ahead of ours, microseconds."""

_UNSEEN = r"^[\s\p{Z}]|[\s\p{Z}]\z|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


def convert(column: pa.Array, spec: Column, *, text: bool, now_us: int) -> tuple[pa.Array, Faults]:
    """The column as stored (time: microseconds, money: minor units, list: JSON) and its faults by reason code.

    `text` says that all values came as text, as in CSV. A faulty value's converted form means nothing.
    """
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), _STORED[spec.type]), []
    try:
        faults: Faults = []
        if text or spec.type in _AS_TEXT:
            column, faults = as_text(column)
        elif spec.type in _NEVER_TEXT and pa.types.is_string(column.type):
            raise Unreadable
        converted, more = _CONVERT[spec.type](column, spec)
    except Unreadable:
        return pa.nulls(len(column), _STORED[spec.type]), [("bad_type", valid(column))]
    if spec.type == "time" and not spec.ahead:
        more.append(("time_out_of_range", truth(pc.greater(converted, pa.scalar(now_us + AHEAD_US, pa.int64())))))
    return converted, faults + more


def _plain(column: pa.StringArray, spec: Column) -> tuple[pa.Array, Faults]:
    if spec.high is None:
        return column, []
    return column, [("too_long", truth(pc.greater(pc.utf8_length(column), spec.high)))]


def _tag(column: pa.StringArray, spec: Column) -> tuple[pa.Array, Faults]:
    column, faults = _plain(column, spec)
    return column, [*faults, ("bad_name", truth(pc.match_substring_regex(column, _UNSEEN)))]


def _enum(column: pa.StringArray, spec: Column) -> tuple[pa.Array, Faults]:
    known = pc.is_in(column, value_set=pa.array(spec.values, pa.string()))
    return column, [("bad_enum", valid(column) & ~truth(known))]


def _grade(column: pa.StringArray, spec: Column) -> tuple[pa.Array, Faults]:
    place = pc.index_in(column, value_set=pa.array(spec.values, pa.string()))
    return pc.add(place.cast(pa.int64()), pa.scalar(1, pa.int64())), [("bad_enum", valid(column) & ~valid(place))]


def _time(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    known = valid(column)
    bad = np.zeros(len(column), dtype=bool)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        values, outside = micros_of_times(column)
    else:
        column, _ = as_text(column)
        values, outside, bad = micros_of_text(column)
    return pa.array(values, mask=~known), [("bad_type", bad), ("time_out_of_range", outside & known & ~bad)]


def _bool(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    if pa.types.is_boolean(column.type):
        return column, []
    if not pa.types.is_string(column.type):
        raise Unreadable
    found = [None if text is None else _TRUTH.get(text.lower()) for text in column.to_pylist()]
    converted = pa.array(found, pa.bool_())
    return converted, [("bad_type", valid(column) & ~valid(converted))]


_AS_TEXT = frozenset({"text", "tag", "enum", "grade"})
_NEVER_TEXT = frozenset({"int", "money", "number", "bool"})
_STORED = {
    "text": pa.string(), "tag": pa.string(), "enum": pa.string(), "grade": pa.int64(), "int": pa.int64(),
    "money": pa.int64(), "number": pa.float64(), "bool": pa.bool_(), "time": pa.int64(), "list": pa.string(),
    "windows": pa.string(), "object": pa.string(),
}  # fmt: skip
_CONVERT: dict[str, Callable[[pa.Array, Column], tuple[pa.Array, Faults]]] = {
    "text": _plain, "tag": _tag, "enum": _enum, "grade": _grade, "int": whole_numbers,
    "money": money, "number": fractions, "bool": _bool,
    "time": _time, "list": lists, "windows": windows, "object": objects,
}  # fmt: skip
