"""Every reason to withhold a product finds something in this bank."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from tests.unit.service.simulate.folder import Folder, Row

# "At least 20 times over any 2,000 customers' shelves": one customer in a hundred is enough for each.
ENOUGH = 0.01


def _on_sale(folder: Folder) -> list[Row]:
    now = folder.as_of
    return [
        row
        for row in folder.rows("products")
        if row["status"] == "on_shelf"
        and (not row["sale_from"] or row["sale_from"] <= now)
        and (not row["sale_until"] or row["sale_until"] > now)
    ]


def _share(folder: Folder, customers: list[str] | list[Row]) -> float:
    return len(customers) / len(folder.customer)


def test_the_catalogue_holds_products_for_every_gate_of_the_product_itself(large: Folder) -> None:
    rows, now = large.rows("products"), large.as_of
    assert {row["status"] for row in rows} == {"on_shelf", "suspended", "off_shelf"}
    assert any(row["status"] == "on_shelf" and row["sale_until"] and row["sale_until"] <= now for row in rows)
    assert any(row["sale_from"] and row["sale_from"] > now for row in rows)
    sold = _on_sale(large)
    assert any(row["regions"] for row in sold)
    assert any(row["channels"] and "in_app" not in row["channels"] for row in sold)
    assert 2 <= len([row for row in sold if not row["action_url"].startswith("https://m.bank.example/")]) <= 15
    assert any(row["offering"] == "private" for row in sold)
    assert any(row["quota_left"] == 0 for row in sold)
    assert {row["min_amount"] for row in sold if row["category"] == "deposit.cd"} == {200_000.0}


def test_a_couple_of_loans_claim_to_be_investments(large: Folder) -> None:
    misplaced = [row for row in _on_sale(large) if row["regime"] == "credit" and row["zone"] == "wealth"]
    assert len(misplaced) == 3


def test_near_duplicates_stand_side_by_side(large: Folder) -> None:
    alike = Counter((row["category"], row["series_id"]) for row in _on_sale(large) if row["series_id"])
    assert sum(count >= 2 for count in alike.values()) >= 10


def test_grades_of_issuer_and_distributor_differ_in_both_directions(large: Folder) -> None:
    graded = [row for row in large.rows("products") if row["risk_issuer"]]
    steps = {int(row["risk_distributor"][1]) - int(row["risk_issuer"][1]) for row in graded}
    assert steps == {-1, 0, 1}


@pytest.mark.parametrize(
    ("reason", "least"),
    [
        ("minor", 0.01),
        ("unassessed", 0.05),
        ("expired", 0.08),
        ("bold_senior", 0.01),
        ("no_credit", 0.05),
        ("overdue", 0.01),
        ("short_horizon", 0.03),
        ("short_need", 0.05),
        ("unknown_region", 0.02),
    ],
)
def test_enough_customers_have_a_reason_of_their_own(large: Folder, reason: str, least: float) -> None:
    now = large.as_of

    def applies(row: Row) -> bool:
        assessed = row["risk_assessed_at"]
        valid = bool(assessed and now - dt.timedelta(days=365) < assessed <= now)
        reasons: dict[str, bool] = {
            "minor": bool(row["birth_year"] and now.year - row["birth_year"] - 1 < 18),
            "unassessed": row["risk_capacity"] is None and assessed is None,
            "expired": bool(assessed) and not valid,
            "bold_senior": valid
            and row["risk_capacity"] in {"C4", "C5"}
            and (not row["birth_year"] or now.year - row["birth_year"] >= 65),
            "no_credit": row["credit_gate"] != "pass",
            "overdue": row["credit_gate"] == "pass" and (row["overdue"] or row["fraud_flag"]),
            "short_horizon": (row["goal_horizon_days"] or 999) <= 90,
            "short_need": (row["goal_liquidity_days"] or 999) <= 30,
            "unknown_region": row["region"] is None,
        }
        return reasons[reason]

    assert _share(large, [row for row in large.rows("customers") if applies(row)]) >= least


def test_recent_dismissals_and_tiring_cards_exist(large: Folder) -> None:
    since = large.as_of - dt.timedelta(days=30)
    dismissed = {event["customer_id"] for event in large.events("dismiss") if event["occurred_at"] >= since}
    assert _share(large, sorted(dismissed)) >= 3 * ENOUGH
    fortnight = large.as_of - dt.timedelta(days=14)
    shown = Counter(
        (event["customer_id"], event["product_id"])
        for event in large.events("impression")
        if event["occurred_at"] >= fortnight
    )
    clicked = {(event["customer_id"], event["product_id"]) for event in large.events("click")}
    tired = {pair[0] for pair, times in shown.items() if times >= 10 and pair not in clicked}
    assert _share(large, sorted(tired)) >= 3 * ENOUGH


def test_answers_to_personalisation_are_mostly_yes_and_the_rest_split(large: Folder) -> None:
    last = {row["customer_id"]: row["granted"] for row in large.rows("consents") if row["scope"] == "personalisation"}
    yes, no = sum(last.values()), len(last) - sum(last.values())
    assert 0.88 < yes / len(large.customer) < 0.93
    assert 0.03 < no / len(large.customer) < 0.08
    assert 0.03 < 1 - len(last) / len(large.customer) < 0.07


@pytest.mark.parametrize(("scope", "low", "high"), [("outflow", 0.55, 0.65), ("scene_medical", 0.07, 0.13)])
def test_other_scopes_are_granted_as_often_as_wanted(large: Folder, scope: str, low: float, high: float) -> None:
    last = {row["customer_id"]: row["granted"] for row in large.rows("consents") if row["scope"] == scope}
    assert low < sum(last.values()) / len(large.customer) < high


def test_some_customers_changed_their_mind(large: Folder) -> None:
    answers = Counter((row["customer_id"], row["scope"]) for row in large.rows("consents"))
    assert sum(times > 1 for times in answers.values()) > 50
