"""An amount sent as an event is the amount read from a file: one tolerance, one limit."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.exchange.numeric import money
from service.exchange.schema import Column
from service.money import MOST_MINOR, minor_units

AMOUNT = Column("amount", "money", low=0)


@given(st.integers(0, MOST_MINOR))
def test_every_amount_of_two_decimals_is_read_exactly(minor: int) -> None:
    assert minor_units(minor / 100) == minor


@pytest.mark.parametrize("units", [0, 100, 500_000, 5_000_000, 10**9])
@pytest.mark.parametrize("rest", [0.001, 0.005, 0.123])
def test_a_third_decimal_is_refused_however_large_the_amount(units: int, rest: float) -> None:
    assert minor_units(units + rest) == "too_many_decimals"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, "non_finite"),
        (math.inf, "non_finite"),
        (-math.inf, "non_finite"),
        (-0.01, "out_of_range"),
        (1e308, "out_of_range"),
        (10**400, "out_of_range"),
        (MOST_MINOR // 100 + 1, "out_of_range"),
    ],
)
def test_what_is_no_amount_is_named(value: float, reason: str) -> None:
    assert minor_units(value) == reason


near = st.floats(0, 2**44, allow_nan=False) | st.integers(0, MOST_MINOR).map(lambda minor: minor / 100)


@given(near, st.sampled_from([0.0, 1e-3, 1e-5, 1e-7, 1e-9]))
def test_events_and_files_agree_on_every_number(value: float, rest: float) -> None:
    found, faults = money(pa.array([value + rest]), AMOUNT)
    codes = [code for code, mask in faults if mask[0]]
    assert minor_units(value + rest) == (codes[0] if codes else found[0].as_py())
