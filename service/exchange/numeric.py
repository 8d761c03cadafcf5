"""Columns of numbers: whole ones, fractions, and amounts of money in minor units."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.exchange.columns import Faults, Unreadable, truth, valid
from service.exchange.schema import Column
from service.exchange.times import Mask
from service.money import ABSOLUTE, MOST_MINOR, RELATIVE

_CENTS = r"^[+-]?\d{1,13}(\.\d{1,2})?$"
_WHOLE = r"^[+-]?\d{1,18}(\.0+)?$"


def whole_numbers(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    """int64; floats are taken where they are whole, because a column with nulls often comes as such."""
    _must_be_number(column)
    known = valid(column)
    faults: Faults = []
    if pa.types.is_string(column.type):
        shaped = truth(pc.match_substring_regex(column, _WHOLE))
        shaped_only = pc.if_else(pa.array(shaped), column, pa.scalar(None, pa.string()))
        column = pc.replace_substring_regex(shaped_only, r"^\+|\.0+$", "").cast(pa.int64())
        faults.append(("bad_type", known & ~shaped))
    elif not pa.types.is_integer(column.type):
        values = column.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
        finite = np.isfinite(values)
        safe = np.where(finite, values, 0)
        whole = finite & (safe == np.rint(safe)) & (np.abs(safe) < 2**53)
        faults += [("non_finite", known & ~finite), ("bad_type", known & finite & ~whole)]
        column = pa.array(np.where(whole, safe, 0).astype(np.int64), mask=~known)
    elif pa.types.is_uint64(column.type):
        faults.append(("out_of_range", truth(pc.greater(column, pa.scalar(2**63 - 1, pa.uint64())))))
        column = pc.min_element_wise(column, pa.scalar(2**63 - 1, pa.uint64()), skip_nulls=False)
    column = column.cast(pa.int64())
    return column, faults + bounds(column, spec)


def fractions(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    """float64."""
    _must_be_number(column)
    faults: Faults = []
    if pa.types.is_string(column.type):
        found = pa.array([_float(text) for text in column.to_pylist()], pa.float64())
        faults.append(("bad_type", valid(column) & ~valid(found)))
        column = found
    column = column.cast(pa.float64())
    faults.append(("non_finite", ~truth(pc.is_finite(column)) & valid(column)))
    return column, faults + bounds(column, spec)


def money(column: pa.Array, spec: Column) -> tuple[pa.Array, Faults]:
    """int64 minor units: text and decimals exactly, floats within 1e-6 of a minor unit."""
    _must_be_number(column)
    minor, faults = _rounded(column) if pa.types.is_floating(column.type) else _exact(column)
    outside = truth(pc.greater(pc.abs(minor), pa.scalar(MOST_MINOR, pa.int64())))
    if spec.low is not None:
        outside |= truth(pc.less(minor, pa.scalar(int(spec.low * 100), pa.int64())))
    return minor, [*faults, ("out_of_range", outside)]


def bounds(column: pa.Array, spec: Column) -> Faults:
    """Where numbers leave the column's bounds."""
    low = truth(pc.less(column, _limit(spec.low))) if spec.low is not None else None
    high = truth(pc.greater(column, _limit(spec.high))) if spec.high is not None else None
    return [("out_of_range", mask) for mask in (low, high) if mask is not None]


def _limit(limit: float) -> pa.Scalar:
    # Typed: what Arrow has to guess costs it a search for an optional library, every time.
    return pa.scalar(limit, pa.int64() if isinstance(limit, int) else pa.float64())


def _must_be_number(column: pa.Array) -> None:
    kind = column.type
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not number and not pa.types.is_string(kind):
        raise Unreadable


def _float(text: str | None) -> float | None:
    try:
        return None if text is None or "_" in text else float(text)
    except ValueError:
        return None


def _rounded(column: pa.Array) -> tuple[pa.Array, Faults]:
    known = valid(column)
    values = column.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
    finite = np.isfinite(values)
    near = np.abs(values) < MOST_MINOR
    scaled = np.where(finite & near, values, 0) * 100
    minor = np.rint(scaled)
    # The second term is the rounding of the product itself: 12345678901.23 has two decimals.
    uneven: Mask = np.abs(scaled - minor) > ABSOLUTE + np.abs(scaled) * RELATIVE
    faults = [("non_finite", known & ~finite), ("out_of_range", known & finite & ~near)]
    return pa.array(minor.astype(np.int64), mask=~known), [*faults, ("too_many_decimals", known & uneven)]


def _exact(column: pa.Array) -> tuple[pa.Array, Faults]:
    try:
        known = valid(column)
        if pa.types.is_string(column.type) and not truth(pc.match_substring_regex(column, _CENTS))[known].all():
            raise pa.ArrowInvalid
        cents = column.cast(pa.decimal128(22, 2))
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
        number = Decimal("nothing" if "_" in str(value) else str(value))
    except InvalidOperation:
        return "bad_type"
    if not number.is_finite():
        return "non_finite"
    if abs(number) > MOST_MINOR:
        return "out_of_range"
    return "too_many_decimals" if number * 100 % 1 else int(number * 100)
