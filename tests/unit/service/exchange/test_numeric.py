from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.exchange.columns import Faults
from service.exchange.numeric import MOST_MINOR, fractions, money, whole_numbers
from service.exchange.schema import Column

AMOUNT = Column("amount", "money", low=0)
ANY = Column("amount", "money")
DAYS = Column("days", "int", low=0, high=365)
SHARE = Column("affinity", "number", low=0, high=1)


def codes(faults: Faults, row: int = 0) -> list[str]:
    return [code for code, mask in faults if mask[row]]


@given(st.integers(-MOST_MINOR, MOST_MINOR))
def test_every_amount_of_two_decimals_is_read_exactly_however_it_is_written(minor: int) -> None:
    number = Decimal(minor) / 100
    columns = [pa.array([minor / 100]), pa.array([f"{number:.2f}"]), pa.array([number], pa.decimal128(30, 5))]
    for column in columns:
        found, faults = money(column, ANY)
        assert found.to_pylist() == [minor]
        assert not codes(faults)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0.001, "too_many_decimals"),
        (0.2900001, "too_many_decimals"),
        ("0.295", "too_many_decimals"),
        (Decimal("0.001"), "too_many_decimals"),
        (-0.01, "out_of_range"),
        ("-0.01", "out_of_range"),
        (1e15, "out_of_range"),
        ("1e15", "out_of_range"),
        (10**15, "out_of_range"),
        (math.nan, "non_finite"),
        (-math.inf, "non_finite"),
        ("nan", "non_finite"),
        ("1,000.00", "bad_type"),
        ("1_000", "bad_type"),
        ("12€", "bad_type"),
    ],
)
def test_an_amount_at_fault_is_named_by_its_first_fault_and_spares_its_neighbours(value: Any, code: str) -> None:
    found, faults = money(pa.array([value, type(value)(1)]), AMOUNT)
    assert codes(faults)[:1] == [code]
    assert not codes(faults, 1)
    assert found.to_pylist()[1] == 100


def test_exponents_are_numbers_too() -> None:
    assert money(pa.array(["1.5e3", "2"]), AMOUNT)[0].to_pylist() == [150_000, 200]


def test_whole_numbers_are_taken_from_floats_that_are_whole() -> None:
    found, faults = whole_numbers(pa.array([7.0, None, 7.5, math.nan, 1e300]), DAYS)
    assert found.to_pylist()[:2] == [7, None]
    assert [codes(faults, row)[:1] for row in range(5)] == [[], [], ["bad_type"], ["non_finite"], ["bad_type"]]


@pytest.mark.parametrize(("text", "code"), [("366", "out_of_range"), ("-1", "out_of_range"), ("1.5", "bad_type")])
def test_whole_numbers_in_text_keep_the_bounds(text: str, code: str) -> None:
    found, faults = whole_numbers(pa.array([text, "365.0", "+7"]), DAYS)
    assert codes(faults)[:1] == [code]
    assert found.to_pylist()[1:] == [365, 7]


def test_unsigned_numbers_beyond_the_signed_ones_are_out_of_range() -> None:
    _, faults = whole_numbers(pa.array([2**64 - 1, 5], pa.uint64()), DAYS)
    assert set(codes(faults)) == {"out_of_range"}
    assert not codes(faults, 1)


@pytest.mark.parametrize(
    ("value", "code"), [(1.5, "out_of_range"), (math.inf, "non_finite"), ("x", "bad_type"), ("nan", "non_finite")]
)
def test_fractions_are_finite_and_within_their_bounds(value: Any, code: str) -> None:
    found, faults = fractions(pa.array([value, type(value)(1)]), SHARE)
    assert codes(faults)[:1] == [code]
    assert not codes(faults, 1)
    assert found.to_pylist()[1] == 1.0
