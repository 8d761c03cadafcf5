"""The files tell one history: in order, complete, and not ahead of its time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import pairwise

from tests.unit.service.simulate.folder import UNTIL, Folder

BUYING = ("purchase", "top_up", "renewal")


def test_as_of_is_the_midnight_in_shanghai_with_which_until_begins(small: Folder) -> None:
    assert small.as_of == dt.datetime(UNTIL.year, UNTIL.month, UNTIL.day, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def test_nothing_is_dated_ahead_but_what_lies_ahead_by_nature(large: Folder) -> None:
    past = {"events": "occurred_at", "cash_flows": "occurred_at", "consents": "changed_at", "tags": "assigned_at"}
    past |= {"holdings": "opened_at", "customers": "joined_at"}
    for name, column in past.items():
        assert max(row[column] for row in large.rows(name)) < large.as_of
    for name, column in (("holdings", "closed_at"), ("tags", "removed_at")):
        assert max(row[column] for row in large.rows(name) if row[column]) < large.as_of
    ahead = [
        row for row in large.rows("customers") if row["risk_assessed_at"] and row["risk_assessed_at"] > large.as_of
    ]
    assert 0 < len(ahead) < 0.02 * len(large.customer)


def test_events_lie_within_the_simulated_days(small: Folder) -> None:
    assert min(row["occurred_at"] for row in small.rows("events")) >= small.as_of - dt.timedelta(days=206)
    buying = min(row["occurred_at"] for row in small.events(*BUYING))
    assert buying >= small.as_of - dt.timedelta(days=200)


def test_nobody_does_anything_before_joining_and_answering(small: Folder) -> None:
    first: dict[str, dt.datetime] = {}
    for event in small.rows("events"):
        first.setdefault(event["customer_id"], event["occurred_at"])
    answers: dict[tuple[str, str], dt.datetime] = {}
    for row in small.rows("consents"):
        key = row["customer_id"], row["scope"]
        answers[key] = min(answers.get(key, row["changed_at"]), row["changed_at"])
        assert row["changed_at"] > small.customer[row["customer_id"]]["joined_at"]
    for (customer, _), when in answers.items():
        assert customer not in first or when < first[customer]
    assert all(when > small.customer[customer]["joined_at"] for customer, when in first.items())


def test_spells_close_after_they_open_and_do_not_overlap(large: Folder) -> None:
    spells = defaultdict(list)
    for row in large.rows("holdings"):
        assert row["opened_at"] > large.customer[row["customer_id"]]["joined_at"]
        assert row["closed_at"] is None or row["closed_at"] > row["opened_at"]
        assert row["matures_at"] is None or row["matures_at"] > row["opened_at"]
        assert row["closed_at"] is not None or row["matures_at"] is None or row["matures_at"] >= large.as_of
        spells[row["customer_id"], row["product_id"]].append((row["opened_at"], row["closed_at"] or large.as_of))
    for intervals in spells.values():
        intervals.sort()
        assert all(former[1] <= later[0] for former, later in pairwise(intervals))


def test_each_spell_of_the_simulated_days_has_its_purchase_and_each_end_its_event(large: Folder) -> None:
    start = large.as_of - dt.timedelta(days=365)
    bought = {(e["customer_id"], e["product_id"], e["occurred_at"]) for e in large.events("purchase")}
    ended = {(e["customer_id"], e["product_id"], e["occurred_at"]) for e in large.events("redeem", "mature", "cancel")}
    for row in large.rows("holdings"):
        key = row["customer_id"], row["product_id"]
        if row["opened_at"] >= start:
            assert (*key, row["opened_at"]) in bought
        if row["closed_at"]:
            assert (*key, row["closed_at"]) in ended


def test_the_balance_of_an_open_spell_is_what_went_in_less_what_came_out(large: Folder) -> None:
    moved: dict[tuple[str, str], list[tuple[dt.datetime, float]]] = defaultdict(list)
    for event in large.events("purchase", "top_up", "redeem"):
        sign = -1.0 if event["kind"] == "redeem" else 1.0
        moved[event["customer_id"], event["product_id"]].append((event["occurred_at"], sign * (event["amount"] or 0.0)))
    start = large.as_of - dt.timedelta(days=365)
    checked = 0
    for row in large.rows("holdings"):
        category = large.product[row["product_id"]]["category"]
        if row["closed_at"] or row["opened_at"] < start or row["amount"] is None or category == "deposit.demand":
            continue
        parts = moved[row["customer_id"], row["product_id"]]
        total = sum(amount for when, amount in parts if when >= row["opened_at"])
        assert abs(total - row["amount"]) < 0.01
        checked += 1
    assert checked > 1_000


def test_products_are_bought_only_while_they_are_sold(large: Folder) -> None:
    for event in large.events("purchase", "top_up"):
        product = large.product[event["product_id"]]
        assert product["sale_from"] is None or product["sale_from"] <= event["occurred_at"]
        assert product["sale_until"] is None or event["occurred_at"] < product["sale_until"]


def test_a_cancellation_undoes_an_earlier_purchase_within_a_week(large: Folder) -> None:
    purchases = {event["event_id"]: event for event in large.events("purchase")}
    cancels = large.events("cancel")
    assert len(cancels) > 50
    for event in cancels:
        undone = purchases[event["refers_to"]]
        assert (undone["customer_id"], undone["product_id"]) == (event["customer_id"], event["product_id"])
        assert dt.timedelta(0) < event["occurred_at"] - undone["occurred_at"] < dt.timedelta(days=7)


def test_a_renewal_finds_the_spell_that_it_prolongs(large: Folder) -> None:
    spells = defaultdict(list)
    for row in large.rows("holdings"):
        spells[row["customer_id"], row["product_id"]].append((row["opened_at"], row["closed_at"] or large.as_of))
    renewals = large.events("renewal")
    assert len(renewals) > 100
    for event in renewals:
        around = spells[event["customer_id"], event["product_id"]]
        assert any(opened < event["occurred_at"] < closed for opened, closed in around)


def test_sessions_belong_to_one_customer_and_one_hour(large: Folder) -> None:
    sessions = defaultdict(list)
    for event in large.rows("events"):
        if event["session_id"]:
            sessions[event["session_id"]].append(event)
    for events in sessions.values():
        assert len({event["customer_id"] for event in events}) == 1
        assert events[-1]["occurred_at"] - events[0]["occurred_at"] < dt.timedelta(hours=1)
