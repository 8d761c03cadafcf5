"""Every file is written as the exchange format wants it."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.service.simulate.folder import Folder, Row

COLUMNS = {
    "products": "product_id category name sale_name zone issuer distributor series_id risk_issuer risk_distributor"
    " regime min_amount currency term_days min_hold_days liquidity exit open_windows offering sale_from sale_until"
    " quota_left regions channels scenes yield_kind yield_text yield_as_of disclaimer_id action_url status",
    "consents": "customer_id scope granted changed_at text_version",
    "holdings": "customer_id product_id opened_at closed_at amount matures_at",
    "cash_flows": "customer_id occurred_at amount counterparty_class own_name flow_id",
    "tag_definitions": "tag kind name category zone polarity source provider owner legal_basis sensitivity scope"
    " half_life_days status",
    "tags": "customer_id tag assigned_at affinity source removed_at removed_by",
    "events": "event_id customer_id kind occurred_at product_id category amount channel session_id decision_id tier"
    " slot task_id refers_to tracking device ip_block invited_by payload",
}
CUSTOMER = "customer_id joined_at birth_year region risk_capacity risk_assessed_at goal_purpose goal_horizon_days"
CUSTOMER += " goal_liquidity_days credit_gate overdue fraud_flag"
KEYS = {
    "products": ("product_id",),
    "customers": ("customer_id",),
    "consents": ("customer_id", "scope", "changed_at"),
    "holdings": ("customer_id", "product_id", "opened_at"),
    "cash_flows": ("customer_id", "flow_id"),
    "tag_definitions": ("tag",),
    "tags": ("customer_id", "tag", "assigned_at"),
    "events": ("customer_id", "event_id"),
}
GRADES = {f"R{grade}" for grade in range(1, 6)} | {None}
INTENT = {"search", "list", "detail", "compare", "calculate", "consult", "watch", "push_click"}
MONEY = {"apply", "purchase", "top_up", "renewal", "redeem", "mature", "cancel"}
SHOWN = {"impression", "click", "dismiss"}
LIFE = {"login", "share", "invite", "feedback", "message_open"}
ENUMS: dict[tuple[str, str], set[Any]] = {
    ("products", "regime"): {"nfra", "csrc", "insurance", "credit", "bank", "none"},
    ("products", "risk_issuer"): GRADES,
    ("products", "risk_distributor"): GRADES,
    ("products", "exit"): {"any_day", "windows", "maturity", "renewal", "never", None},
    ("products", "offering"): {"public", "private"},
    ("products", "status"): {"on_shelf", "suspended", "off_shelf"},
    ("customers", "risk_capacity"): {"C1", "C2", "C3", "C4", "C5", None},
    ("customers", "credit_gate"): {"pass", "fail", None},
    ("consents", "scope"): {"personalisation", "holdings", "behaviour", "tags", "scene", "outflow", "scene_medical"}
    | {"location", "latent_tags", "marketing"},
    ("cash_flows", "counterparty_class"): {
        "bank",
        "fund_platform",
        "broker",
        "insurer",
        "lender",
        "card_other",
        "wallet",
    },
    ("tag_definitions", "kind"): {"preference", "attribute", "habit", "latent"},
    ("tag_definitions", "polarity"): {1, -1},
    ("tags", "removed_by"): {"bank", "customer", "service", None},
    ("events", "kind"): INTENT | MONEY | SHOWN | LIFE,
    ("events", "tier"): {"fixed", "migratable", "transferable", None},
    ("events", "channel"): {"branch", "manager", "kiosk", "online", "search_engine", "email", "sms_call", "wechat"}
    | {"weibo", "in_app", "push", None},
}
BANNED = (
    "保本",
    "保息",
    "零风险",
    "稳赚",
    "预期收益",
    "高收益",
    "低风险",
    "低门槛",
    "秒到账",
    "低利率",
    "无成本",
    "限时抢购",
)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_file_has_exactly_the_columns_of_the_format(small: Folder, name: str) -> None:
    assert small.columns(name) == COLUMNS[name].split()


def test_customers_have_the_columns_of_the_format_and_attributes(small: Folder) -> None:
    names = small.columns("customers")
    assert {name for name in names if not name.startswith("attr_")} == set(CUSTOMER.split())
    assert {"attr_gender", "attr_marital_status", "attr_education"} <= set(names)


def test_times_are_utc_microseconds_and_no_column_is_typeless(small: Folder) -> None:
    for name in (*COLUMNS, "customers"):
        for field in pq.read_schema(small.path / f"{name}.parquet"):
            if field.name.endswith("_at") or field.name in {"sale_from", "sale_until", "yield_as_of"}:
                assert field.type == pa.timestamp("us", tz="UTC"), field
            assert field.type != pa.null(), field


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_unique(small: Folder, name: str) -> None:
    keys = [tuple(row[column] for column in KEYS[name]) for row in small.rows(name)]
    assert len(keys) == len(set(keys))
    assert all(None not in key for key in keys)


@pytest.mark.parametrize(("name", "column"), ENUMS)
def test_values_come_from_the_closed_list(large: Folder, name: str, column: str) -> None:
    assert {row[column] for row in large.rows(name)} <= ENUMS[name, column]


def test_events_name_products_and_customers_that_exist(small: Folder) -> None:
    categories = {row["category"] for row in small.rows("products")}
    for event in small.rows("events"):
        assert event["customer_id"] in small.customer
        assert event["product_id"] is None or event["product_id"] in small.product
        assert event["category"] is None or event["category"] in categories
    assert {row["product_id"] for row in small.rows("holdings")} <= set(small.product)


def test_an_event_carries_what_its_kind_needs(small: Folder) -> None:
    def complete(event: Row) -> bool:
        kind = event["kind"]
        if kind in INTENT:
            return bool((event["product_id"] or event["category"]) and event["session_id"])
        if kind in SHOWN:
            return all(event[column] for column in ("decision_id", "tier", "slot", "product_id"))
        return kind in LIFE or bool(event["product_id"])

    assert all(complete(event) for event in small.rows("events"))
    reasons = {json.loads(event["payload"])["reason"] for event in small.events("dismiss")}
    assert reasons <= {"not_interested", "too_risky", "seen_before"}


def test_a_decision_has_each_place_once(small: Folder) -> None:
    places = [(row["decision_id"], row["tier"], row["slot"]) for row in small.events("impression")]
    assert len(places) == len(set(places))
    assert all(row["decision_id"].startswith("sim-") for row in small.events("impression"))


def test_amounts_have_at_most_two_decimals(small: Folder) -> None:
    for name, column in (
        ("events", "amount"),
        ("holdings", "amount"),
        ("cash_flows", "amount"),
        ("products", "min_amount"),
    ):
        amounts = [row[column] for row in small.rows(name) if row[column] is not None]
        assert amounts
        assert all(amount == round(amount, 2) for amount in amounts)


def test_liquidity_is_days_to_cash_or_maturity(large: Folder) -> None:
    pattern = re.compile(r"T\+\d+|maturity")
    assert all(row["liquidity"] is None or pattern.fullmatch(row["liquidity"]) for row in large.rows("products"))


def test_exit_windows_are_intervals_and_only_products_with_windows_have_them(large: Folder) -> None:
    for row in large.rows("products"):
        assert (row["exit"] == "windows") == bool(row["open_windows"])
        for window in row["open_windows"] or ():
            begin, end = (dt.datetime.fromisoformat(side) for side in window.split("/"))
            assert begin < end


def test_the_catalogue_has_every_category_and_unique_clean_names(large: Folder) -> None:
    rows = large.rows("products")
    categories = {row["category"] for row in rows}
    assert len([code for code in categories if not code.startswith("private.")]) == 54
    assert any(code.startswith("private.") for code in categories)
    assert len({row["name"] for row in rows}) == len(rows)
    texts = [text for row in rows for text in (row["name"], row["sale_name"], row["yield_text"] or "")]
    assert not [text for text in texts for word in BANNED if word in text]


def test_affinities_are_shares_or_unknown(large: Folder) -> None:
    affinities = [row["affinity"] for row in large.rows("tags")]
    assert None in affinities
    assert all(0.0 <= affinity <= 1.0 for affinity in affinities if affinity is not None)
