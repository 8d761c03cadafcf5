"""Columns of a file into columns of the database: one conversion per type, with what it found wrong row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from service.clock import iso, to_us
from service.exchange.schema import Column
from service.exchange.times import Mask, micros_of_text, micros_of_times, parse_time

AHEAD_US = 300_000_000
MOST_MINOR = 2**50
"""Largest amount in minor units (about 11 * 10^12 in units): up to it, binary fractions carry two decimals exactly."""

Faults = list[tuple[str, Mask]]
_CENTS = r"^[+-]?\d{1,13}(\.\d{1,2})?$"
_WHOLE = r"^[+-]?\d{1,18}(\.0+)?$"
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


class Unreadable(Exception):  # noqa: N818 - an outcome of one column, not a fault of the program
    """The whole column is of another type than it should be."""


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
        converted, more = _CONVERT[spec.type](column, spec)
    except Unreadable:
        return pa.nulls(len(column), _STORED[spec.type]), [("bad_type", valid(column))]
    if spec.type == "time" and not spec.ahead:
        more.append(("time_out_of_range", truth(pc.greater(converted, now_us + AHEAD_US))))
    return converted, faults + more


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
    if pa.types.is_string_view(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_null(column.type):
        column = column.cast(pa.string())
    elif not (pa.types.is_string(column.type) or pa.types.is_binary(column.type)):
        raise Unreadable
    try:
        checked = column.cast(pa.binary()).cast(pa.string())
        broken = np.zeros(len(column), dtype=bool)
    except pa.ArrowInvalid:
        values = [_decoded(value) for value in column.cast(pa.binary()).to_pylist()]
        checked = pa.array(values, pa.string())
        broken = valid(column) & ~valid(checked)
    data = checked.buffers()[2]
    if data is not None and b"\0" in memoryview(data).tobytes():
        broken |= truth(pc.match_substring(checked, "\0"))
    empty = pc.equal(pc.binary_length(checked), 0)
    if pc.any(empty).as_py():
        checked = pc.if_else(empty, pa.scalar(None, pa.string()), checked)
    return checked, [("bad_text", broken)] if broken.any() else []


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _plain(column: pa.StringArray, spec: Column) -> tuple[pa.Array, Faults]:
    return column, []


def _enum(column: pa.StringArray, spec: Column) -> tuple[pa.Array, Faults]:
    known = pc.is_in(column, value_set=pa.array(spec.values))
    return column, [("bad_enum", valid(column) & ~truth(known))]


def _grade(column: pa.StringArray, spec: Column) -> tuple[pa.Array, Faults]:
    place = pc.index_in(column, value_set=pa.array(spec.values))
    return pc.add(place.cast(pa.int64()), 1), [("bad_enum", valid(column) & ~valid(place))]


def _time(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    known = valid(column)
    bad = np.zeros(len(column), dtype=bool)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        values, outside = micros_of_times(column)
    else:
        column, _ = as_text(column)
        values, outside, bad = micros_of_text(column)
    return pa.array(values, mask=~known), [("bad_type", bad), ("time_out_of_range", outside & known & ~bad)]


def _int(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    if pa.types.is_boolean(column.type) or not _is_number(column, text=True):
        raise Unreadable
    known, faults = valid(column), []
    if pa.types.is_string(column.type):
        shaped = truth(pc.match_substring_regex(column, _WHOLE))
        column = pc.replace_substring_regex(_only(column, shaped), r"\.0+$", "").cast(pa.int64())
        faults.append(("bad_type", known & ~shaped))
    elif not pa.types.is_integer(column.type):
        values = column.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
        finite = np.isfinite(values)
        whole = finite & (values == np.rint(np.where(finite, values, 0))) & (np.abs(values) < 2**53)
        faults += [("non_finite", known & ~finite), ("bad_type", known & finite & ~whole)]
        column = pa.array(np.where(whole, values, 0).astype(np.int64), mask=~known)
    elif pa.types.is_uint64(column.type):
        column = pc.min_element_wise(column, pa.scalar(2**62, pa.uint64()), skip_nulls=False)
    column = column.cast(pa.int64())
    return column, [*faults, *_bounds(column, spec)]


def _number(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    if pa.types.is_boolean(column.type) or not _is_number(column, text=True):
        raise Unreadable
    faults: Faults = []
    if pa.types.is_string(column.type):
        numbers = pa.array([_float(text) for text in column.to_pylist()], pa.float64())
        faults.append(("bad_type", valid(column) & ~valid(numbers)))
        column = numbers
    column = column.cast(pa.float64())
    faults.append(("non_finite", ~truth(pc.is_finite(column)) & valid(column)))
    return column, [*faults, *_bounds(column, spec)]


def _float(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _bounds(column: pa.Array, spec: Column) -> Iterator[tuple[str, Mask]]:
    if spec.low is not None:
        yield "out_of_range", truth(pc.less(column, spec.low))
    if spec.high is not None:
        yield "out_of_range", truth(pc.greater(column, spec.high))


def _is_number(column: pa.Array, *, text: bool) -> bool:
    kind = column.type
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return numeric or (text and pa.types.is_string(kind))


def _only(column: pa.Array, mask: Mask) -> pa.Array:
    return column if mask.all() else pc.if_else(pa.array(mask), column, pa.scalar(None, column.type))


def _money(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    if pa.types.is_boolean(column.type) or not _is_number(column, text=True):
        raise Unreadable
    minor, faults = _exact(column) if not pa.types.is_floating(column.type) else _rounded(column)
    outside = truth(pc.greater(pc.abs_checked(minor), MOST_MINOR))
    if spec.low is not None:
        outside |= truth(pc.less(minor, int(spec.low * 100)))
    return minor, [*faults, ("out_of_range", outside)]


def _rounded(column: pa.Array) -> tuple[pa.Array, Faults]:
    known = valid(column)
    values = column.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
    finite = np.isfinite(values)
    near = np.abs(values) < MOST_MINOR
    scaled = np.where(finite & near, values, 0) * 100
    minor = np.rint(scaled)
    # The second term is the rounding of the product itself: 12345678901.23 has two decimals.
    uneven = np.abs(scaled - minor) > 1e-6 + np.abs(scaled) * 2**-51
    faults = [("non_finite", known & ~finite), ("out_of_range", known & finite & ~near)]
    return pa.array(minor.astype(np.int64), mask=~known), [*faults, ("too_many_decimals", known & uneven)]


def _exact(column: pa.Array) -> tuple[pa.Array, Faults]:
    """Minor units of text, whole numbers or decimals."""
    known = valid(column)
    try:
        if pa.types.is_string(column.type) and not truth(pc.match_substring_regex(column, _CENTS))[known].all():
            raise pa.ArrowInvalid
        cents = column.cast(pa.decimal128(38, 2))
        return pc.multiply(cents, pa.scalar(100, pa.int64())).cast(pa.int64()), []
    except pa.ArrowInvalid:
        found = [_cents(value) for value in column.to_pylist()]
    codes = np.array([value if isinstance(value, str) else "" for value in found], dtype=object)
    faults = [(code, codes == code) for code in ("bad_type", "non_finite", "too_many_decimals", "out_of_range")]
    return pa.array([None if isinstance(value, str) else value for value in found], pa.int64()), faults


def _cents(value: object) -> int | str | None:
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return "bad_type"
    if not number.is_finite():
        return "non_finite"
    if abs(number) > MOST_MINOR:
        return "out_of_range"
    return "too_many_decimals" if number * 100 % 1 else int(number * 100)


def _bool(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    if pa.types.is_boolean(column.type):
        return column, []
    if not pa.types.is_string(column.type):
        raise Unreadable
    found = [None if text is None else _TRUTH.get(text.lower()) for text in column.to_pylist()]
    converted = pa.array(found, pa.bool_())
    return converted, [("bad_type", valid(column) & ~valid(converted))]


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


def _list(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
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


def _windows(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    return _each(_parts_column(column), _windows_text)


def _windows_text(value: object) -> str | None:
    windows = [_window(part) for part in _parts(value)]
    return json.dumps(windows, separators=(",", ":")) if windows else None


def _window(part: str) -> str:
    ends = [parse_time(text) for text in part.split("/")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise ValueError("bad_type")
    if ends[1] < ends[0]:
        raise ValueError("until_before_from")
    return "/".join(iso(to_us(end)) for end in ends if end is not None)


def _object(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
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


_AS_TEXT = frozenset({"text", "enum", "grade"})
_STORED = {
    "text": pa.string(), "enum": pa.string(), "grade": pa.int64(), "int": pa.int64(), "money": pa.int64(),
    "number": pa.float64(), "bool": pa.bool_(), "time": pa.int64(), "list": pa.string(), "windows": pa.string(),
    "object": pa.string(),
}  # fmt: skip
_CONVERT: dict[str, Callable[[pa.Array, Column], tuple[pa.Array, Faults]]] = {
    "text": _plain, "enum": _enum, "grade": _grade, "int": _int, "money": _money, "number": _number, "bool": _bool,
    "time": _time, "list": _list, "windows": _windows, "object": _object,
}  # fmt: skip
