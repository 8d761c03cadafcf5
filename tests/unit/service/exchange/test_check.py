from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from service.exchange import schema
from service.exchange.check import Checked, Surroundings, check
from service.exchange.schema import File
from tests.factories import NOW_US
from tests.unit.service.exchange.folders import T0, T1, event

AROUND = Surroundings(NOW_US, pa.array(["p1", "p2"]))


def judged(file: File, *rows: dict[str, Any], text: bool = False, **types: pa.DataType) -> Checked:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: pa.array([row.get(name) for row in rows], types.get(name)) for name in names}
    return check(file, pa.RecordBatch.from_pydict(columns), AROUND, text=text)


def reasons(checked: Checked) -> list[tuple[str, str] | None]:
    return [None if checked.good[row] else checked.reason(row) for row in range(checked.rows)]


def test_a_good_row_is_stored_in_numbers() -> None:
    checked = judged(schema.EVENTS, event(amount=0.29))
    assert reasons(checked) == [None]
    assert checked.columns["amount"].to_pylist() == [29]
    assert checked.columns["product_no"].to_pylist() == [0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"product_id": "p9"}, ("unknown_product", "product_id")),
        ({"product_id": None}, ("missing_field", "product_id")),
        ({"customer_id": None}, ("missing_field", "customer_id")),
        ({"customer_id": ""}, ("missing_field", "customer_id")),
        ({"kind": "wish"}, ("bad_enum", "kind")),
        ({"kind": None}, ("missing_field", "kind")),
        ({"occurred_at": "2030-01-01"}, ("time_out_of_range", "occurred_at")),
        ({"occurred_at": "1969-01-01"}, ("time_out_of_range", "occurred_at")),
        ({"occurred_at": "today"}, ("bad_type", "occurred_at")),
        ({"kind": "cancel"}, ("missing_field", "refers_to")),
        ({"kind": "detail", "product_id": None}, ("missing_field", "category")),
        ({"kind": "impression"}, ("missing_field", "decision_id")),
        ({"kind": "click", "decision_id": "d", "tier": "fixed"}, ("missing_field", "slot")),
        ({"kind": "click", "decision_id": "d", "tier": "top", "slot": 1}, ("bad_enum", "tier")),
        ({"kind": "click", "decision_id": "d", "tier": "fixed", "slot": 0}, ("out_of_range", "slot")),
        ({"kind": "task_done"}, ("missing_field", "task_id")),
        ({"kind": "dismiss", "payload": '{"reason":"bored"}'}, ("bad_enum", "payload")),
        ({"payload": "not JSON"}, ("bad_type", "payload")),
        ({"payload": "[1]"}, ("bad_type", "payload")),
        ({"channel": "fax"}, ("bad_enum", "channel")),
        ({"session_id": "nul\0"}, ("bad_text", "session_id")),
    ],
)
def test_an_event_at_fault_names_code_and_column_and_spares_its_neighbours(
    change: dict[str, Any], reason: tuple[str, str]
) -> None:
    assert reasons(judged(schema.EVENTS, event(), event(**change), event())) == [None, reason, None]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "login", "product_id": None},
        {"kind": "search", "product_id": None, "category": "loan.new"},
        {"kind": "click", "tracking": "token", "product_id": None},
        {"kind": "dismiss", "payload": '{"note": 1}'},
        {"kind": "served", "decision_id": "d", "tier": "public", "slot": 1},
    ],
)
def test_what_a_kind_does_not_need_may_be_missing(change: dict[str, Any]) -> None:
    assert reasons(judged(schema.EVENTS, event(**change))) == [None]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view()]
)
def test_text_of_any_kind_is_text(kind: pa.DataType) -> None:
    checked = judged(schema.BASKET_ORDER, {"customer_id": "1", "basket": 0, "product_id": "p1"}, customer_id=kind)
    assert reasons(checked) == [None]
    assert checked.columns["customer_id"].to_pylist() == ["1"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("customer_id", 1), ("basket", "0"), ("basket", True), ("customer_id", b"\xff")],
)
def test_a_column_of_another_type_rejects_its_rows(column: str, value: Any) -> None:
    row = {"customer_id": "1", "basket": 0, "product_id": "p1", column: value}
    code = "bad_text" if isinstance(value, bytes) else "bad_type"
    assert reasons(judged(schema.BASKET_ORDER, row)) == [(code, column)]


def test_a_column_of_another_type_without_values_rejects_nothing() -> None:
    assert reasons(judged(schema.CUSTOMERS, {"customer_id": "c", "region": None}, region=pa.int32())) == [None]


def test_one_bad_text_spares_its_neighbours() -> None:
    rows = [{"customer_id": value} for value in (b"a", b"\xff", b"c")]
    checked = judged(schema.CUSTOMERS, *rows)
    assert reasons(checked) == [None, ("bad_text", "customer_id"), None]
    assert checked.columns["customer_id"].to_pylist() == ["a", None, "c"]


def test_a_missing_required_column_rejects_every_row() -> None:
    assert reasons(judged(schema.SNAPSHOTS, {"customer_id": "c", "product_id": "p1"})) == [("missing_column", "as_of")]


@pytest.mark.parametrize(
    ("file", "row", "reason"),
    [
        (schema.PRODUCTS, {"liquidity": "soon"}, ("bad_enum", "liquidity")),
        (schema.PRODUCTS, {"liquidity": "T+0"}, None),
        (schema.PRODUCTS, {"sale_from": T1, "sale_until": T0}, ("until_before_from", "sale_until")),
        (schema.PRODUCTS, {"open_windows": [f"{T1}/{T0}"]}, ("until_before_from", "open_windows")),
        (schema.PRODUCTS, {"open_windows": [T0]}, ("bad_type", "open_windows")),
        (schema.PRODUCTS, {"channels": ["fax"]}, ("bad_enum", "channels")),
        (schema.PRODUCTS, {"risk_issuer": "R6"}, ("bad_enum", "risk_issuer")),
        (schema.PRODUCTS, {"sale_until": "9999-12-31"}, None),
        (schema.TAG_DEFINITIONS, {"tag": "t", "kind": "habit", "polarity": 0}, ("out_of_range", "polarity")),
        (schema.CUSTOMERS, {"customer_id": "c", "risk_assessed_at": "2030-01-01"}, None),
        (schema.CUSTOMERS, {"customer_id": "c", "birth_year": 1700}, ("out_of_range", "birth_year")),
    ],
)
def test_the_rules_of_the_other_files(file: File, row: dict[str, Any], reason: tuple[str, str] | None) -> None:
    product = {"product_id": "p", "category": "cash.mmf"} if file is schema.PRODUCTS else {}
    assert reasons(judged(file, {**product, **row})) == [reason]


TAG = {"customer_id": "c", "tag": "t", "assigned_at": T1}
DEFINITION = {"tag": "t", "kind": "habit"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"removed_at": T0}, ("removed_before_assigned", "removed_at")),
        ({"removed_at": T1}, None),
        ({"removed_by": "bank"}, ("missing_field", "removed_at")),
        ({"removed_at": T1, "removed_by": "bank"}, None),
    ],
)
def test_an_assignment_ends_after_it_begins(fields: dict[str, Any], reason: tuple[str, str] | None) -> None:
    assert reasons(judged(schema.TAGS, {**TAG, **fields})) == [reason]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("Pref.Term Deposit/定期", None),
        (" t", "bad_name"),
        ("t\u3000", "bad_name"),
        ("t\t", "bad_name"),
        ("a\nb", "bad_name"),
        ("a\x85b", "bad_name"),
        ("a\u200bb", "bad_name"),
        ("\ufefft", "bad_name"),
        ("a\u2028b", "bad_name"),
        ("a\u2029b", "bad_name"),
        ("储" * 256, None),
        ("储" * 257, "too_long"),
    ],
)
def test_a_tag_can_be_read_and_named(tag: str, code: str | None) -> None:
    reason = None if code is None else (code, "tag")
    assert reasons(judged(schema.TAGS, {**TAG, "tag": tag})) == [reason]
    assert reasons(judged(schema.TAG_DEFINITIONS, {**DEFINITION, "tag": tag})) == [reason]


def test_the_name_of_a_tag_has_at_most_256_characters() -> None:
    rows = [{**DEFINITION, "name": "名" * length} for length in (256, 257)]
    assert reasons(judged(schema.TAG_DEFINITIONS, *rows)) == [None, ("too_long", "name")]


def test_an_empty_list_is_everywhere_and_kept_as_nothing() -> None:
    checked = judged(
        schema.PRODUCTS, {"product_id": "p", "category": "c", "regions": []}, regions=pa.list_(pa.string())
    )
    assert checked.columns["regions"].to_pylist() == [None]


def test_attributes_of_any_number_and_type_become_one_object() -> None:
    row = {"customer_id": "c", "attr_b": 2, "attr_a": "x", "attr_f": 1.0, "attr_t": True, "attr_n": None}
    assert judged(schema.CUSTOMERS, row).columns["attributes"].to_pylist() == ['{"a":"x","b":2,"f":1.0,"t":true}']


def test_attributes_in_text_are_numbers_where_they_are_written_as_such() -> None:
    row = {"a": "2", "b": "02", "c": "1.5", "d": "-", "e": None, "f": "1234567890123456789"}
    stated = {"customer_id": "c", **{f"attr_{name}": value for name, value in row.items()}}
    checked = judged(schema.CUSTOMERS, stated, text=True)
    told = '{"a":2,"b":"02","c":1.5,"d":"-","f":"1234567890123456789"}'
    assert checked.columns["attributes"].to_pylist() == [told]


@pytest.mark.parametrize(("value", "code"), [(float("nan"), "non_finite"), ([1], "bad_type")])
def test_an_attribute_at_fault_rejects_its_row(value: Any, code: str) -> None:
    checked = judged(schema.CUSTOMERS, {"customer_id": "c", "attr_x": value})
    assert reasons(checked) == [(code, "attr_x")]
