"""Rows read together are judged as each of them alone."""

from __future__ import annotations

from typing import Any

import pytest

from service.bank_rows import Fault, RowReader
from service.exchange import schema
from service.exchange.schema import File

NOW_US = 1_780_000_000_000_000
READER = RowReader(NOW_US, ["P1", "P2"])
FLOW: dict[str, Any] = {"customer_id": "c", "occurred_at": "2026-05-01T10:00:00+08:00", "amount": 12.5}
PRODUCT: dict[str, Any] = {"product_id": "P9", "name": "nine", "category": "cash.mmf", "provider": "bank"}

FLOWS: list[dict[str, Any]] = [
    FLOW,
    {**FLOW, "amount": 7},
    {**FLOW, "amount": -0.01, "own_name": True},
    {**FLOW, "amount": "12"},
    {**FLOW, "amount": True},
    {**FLOW, "amount": 0.001},
    {**FLOW, "amount": 2**63},
    {**FLOW, "amount": 2**70},
    {**FLOW, "amount": None},
    {**FLOW, "amount": [1, "a"]},
    {**FLOW, "amount": {}},
    {**FLOW, "occurred_at": "yesterday"},
    {**FLOW, "occurred_at": "2099-01-01T00:00:00Z"},
    {**FLOW, "occurred_at": ""},
    {**FLOW, "customer_id": "a\0b"},
    {**FLOW, "counterparty_class": "nobody"},
    {**FLOW, "counterparty_class": "bank", "flow_id": "x"},
    {**FLOW, "strange": 1},
    {"amount": 1.0},
    {},
    FLOW,
]
PRODUCTS: list[dict[str, Any]] = [
    PRODUCT,
    {**PRODUCT, "regions": ["CN-31"]},
    {**PRODUCT, "regions": []},
    {**PRODUCT, "regions": [1]},
    {**PRODUCT, "attr_size": 3},
    {**PRODUCT, "attr_size": "big"},
    {**PRODUCT, "attr_size": 2.5},
    {**PRODUCT, "liquidity": "soon"},
]


@pytest.mark.parametrize(("file", "rows"), [(schema.CASH_FLOWS, FLOWS), (schema.PRODUCTS, PRODUCTS)])
def test_rows_read_together_are_read_as_each_alone(file: File, rows: list[dict[str, Any]]) -> None:
    assert READER.read_all(file, rows) == [READER.read(file, row) for row in rows]


def test_a_faulty_row_leaves_its_neighbours_alone() -> None:
    read = READER.read_all(schema.CASH_FLOWS, [FLOW, {**FLOW, "occurred_at": "yesterday"}, FLOW])
    assert read[0] == read[2] != read[1]
    assert isinstance(read[0], dict)
    assert isinstance(read[1], Fault)
    assert (read[1].field, read[1].code) == ("occurred_at", "bad_type")


def test_no_rows_are_no_rows() -> None:
    assert READER.read_all(schema.CASH_FLOWS, []) == []
