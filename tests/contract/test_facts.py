from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommender.profile.fold import read_parts
from recommender.profile.parts import Parts
from recommender.profile.state import COUNTERPARTIES
from service.calendar import DAY_US, BankCalendar
from service.jobs.rebuild import rebuild_states
from service.profiles import read_gate
from service.stores.protocols import Store
from service.stores.tables import Consents, Snapshots
from tests.contract.bank import LONG_AGO_US, allow, make_event
from tests.factories import NOW_US

DAY = BankCalendar("Asia/Shanghai").day


def parts_of(store: Store) -> Parts:
    row = store.read("c", personal=True)[1]
    assert row is not None
    assert row.state is not None
    return read_parts(row.state)


def holding(product_no: int, opened: int, **fields: Any) -> dict[str, Any]:
    return {"product_no": product_no, "opened_us": NOW_US - opened * DAY_US, "amount": 5_000_00} | fields


def tag(name: str, days_ago: int, **fields: Any) -> dict[str, Any]:
    return {"tag": name, "assigned_us": NOW_US - days_ago * DAY_US} | fields


def test_the_gate_says_what_the_core_bank_says(store: Store) -> None:
    facts = {"risk_capacity": 3, "risk_assessed_us": NOW_US - DAY_US, "birth_year": 1990, "region": "310000"}
    store.put_customer({"customer_id": "c", **facts, "credit_gate": "pass", "overdue": True, "joined_us": LONG_AGO_US})
    row = store.read("c", personal=True)[1]
    assert row is not None
    gate = read_gate(row.gate)
    assert {name: getattr(gate, name) for name in facts} == facts
    assert (gate.credit_gate, gate.overdue, gate.fraud_flag) == ("pass", True, None)
    allow(store)
    assert parts_of(store).joined_day == DAY(LONG_AGO_US)


def test_a_record_replaces_the_whole_record(store: Store) -> None:
    store.put_customer({"customer_id": "c", "region": "310000", "birth_year": 1990})
    store.put_customer({"customer_id": "c", "region": "110000"})
    assert store.history("c").profile["birth_year"] is None


def test_a_column_that_is_none_of_the_tables_is_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="salary"):
        store.put_customer({"customer_id": "c", "salary": 1})


def test_a_statement_says_what_is_held(store: Store) -> None:
    allow(store)
    assert store.put_holdings("c", NOW_US, [holding(1, 300, matures_us=NOW_US + DAY_US), holding(2, 30, amount=None)])
    spells = parts_of(store).spells
    assert spells["product"].tolist() == [1, 2]
    assert spells["matures"].tolist() == [DAY(NOW_US) + 1, -1]
    assert spells["amount"].tolist() == [5_000_00, -1]
    assert parts_of(store).statement_known


def test_a_newer_statement_ends_what_it_no_longer_names(store: Store) -> None:
    allow(store)
    store.put_holdings("c", NOW_US - 9 * DAY_US, [holding(1, 300), holding(2, 30)])
    store.put_holdings("c", NOW_US - 2 * DAY_US, [holding(2, 30)])
    spells = parts_of(store).spells
    closed = dict(zip(spells["product"].tolist(), spells["closed"].tolist(), strict=True))
    assert closed == {1: DAY(NOW_US) - 2, 2: -1}


def test_an_older_statement_is_not_taken(store: Store) -> None:
    store.put_holdings("c", NOW_US, [holding(1, 300)])
    assert not store.put_holdings("c", NOW_US - DAY_US, [holding(2, 300)])
    assert len(store.history("c").holdings) == 1


def test_events_after_the_statement_change_what_is_held(store: Store) -> None:
    allow(store)
    store.append([make_event("before", days_ago=20, product_no=1), make_event("after", days_ago=1, product_no=3)])
    store.put_holdings("c", NOW_US - 10 * DAY_US, [])
    assert parts_of(store).spells["product"].tolist() == [3]
    assert len(parts_of(store).purchases) == 2


def test_observations_are_read_as_spells(store: Store) -> None:
    seen = [(90, (1, 2)), (60, (1,)), (30, (1, 2)), (10, (2,))]
    rows = [
        {"customer_id": "c", "as_of_us": NOW_US - days * DAY_US, "product_no": product, "amount": days * 100}
        for days, products in seen
        for product in products
    ]
    with store.begin() as connection:
        connection.execute(Snapshots.__table__.insert(), rows)
    allow(store)
    rebuild_states(store, ["c"])
    spells = parts_of(store).spells
    found = {(s["product"], DAY(NOW_US) - s["opened"], s["closed"] != -1, s["amount"]) for s in spells}
    assert found == {(1, 90, True, 3_000), (2, 90, True, 9_000), (2, 30, False, 1_000)}


def test_cash_flows_are_weekly_sums_and_idempotent(store: Store) -> None:
    allow(store)
    common = {"customer_id": "c", "counterparty_class": "broker", "own_name": True}
    flows = [
        {**common, "occurred_us": NOW_US, "amount": -700, "flow_id": "x"},
        {**common, "occurred_us": NOW_US - 1, "amount": -300},
        {**common, "occurred_us": NOW_US - 1, "amount": 50},
    ]
    store.put_flows(flows)
    store.put_flows(flows)
    entry = parts_of(store).flows
    assert entry.tolist() == [(COUNTERPARTIES.index("broker"), 1, BankCalendar.week(DAY(NOW_US)), 50, 1_000)]
    assert store.stale(["c"]) == []


def test_tags_are_numbered_and_the_newest_assignment_counts(store: Store) -> None:
    allow(store)
    store.put_tag_definitions([{"tag": "saver", "kind": "preference", "category": "deposit.term"}], NOW_US)
    assert store.put_tags("c", [tag("saver", 9, affinity=0.5), tag("new", 3), tag("saver", 5, affinity=0.75)]) == 3
    tags = parts_of(store).tags
    assert tags["tag"].tolist() == [0, 1]
    assert tags["affinity"][0] == 0.75
    assert np.isnan(tags["affinity"][1])
    assert store.stale(["c"]) == []
    known = {item["tag"]: item["kind"] for item in store.tag_version(store.versions().tags)}
    assert known == {"saver": "preference", "new": None}


def test_a_removed_tag_is_gone_at_once(store: Store) -> None:
    allow(store)
    store.put_tags("c", [tag("a", 9), tag("b", 9)])
    assert store.remove_tag("c", "a", "bank", NOW_US)
    assert not store.remove_tag("c", "a", "bank", NOW_US)
    assert parts_of(store).tags["tag"].tolist() == [1]
    assert store.put_tags("c", [tag("a", 0)]) == 1


def test_an_assignment_that_lies_ahead_of_the_clock_ends_as_it_begins(store: Store) -> None:
    allow(store)
    ahead_us = NOW_US + 200_000_000
    store.put_tags("c", [{"tag": "a", "assigned_us": ahead_us}])
    assert store.remove_tag("c", "a", "customer", NOW_US)
    assert len(parts_of(store).tags) == 0
    assert [row["removed_us"] for row in store.history("c").tags] == [ahead_us]


def test_a_tag_the_customer_deleted_is_not_assigned_while_its_tombstone_runs(store: Store) -> None:
    allow(store)
    store.put_tags("c", [tag("a", 300)])
    store.remove_tag("c", "a", "customer", NOW_US - 200 * DAY_US)
    assert store.put_tags("c", [tag("a", 100)]) == 0
    assert store.put_tags("c", [tag("a", 10)]) == 1
    assert len(parts_of(store).tags) == 1


def test_every_customer_of_any_table_is_found(store: Store) -> None:
    store.put_customer({"customer_id": "b"})
    store.append([make_event("e", customer_id="d")])
    with store.begin() as connection:
        answers = [
            {"customer_id": name, "scope": "scene", "granted": True, "changed_us": 1, "recorded_us": 1}
            for name in "ace"
        ]
        connection.execute(Consents.__table__.insert(), answers)
    assert store.everybody() == ["a", "b", "c", "d", "e"]
    assert store.everybody(after="b", limit=2) == ["c", "d"]
    assert store.customer_ids() == ["b", "d"]


def test_customers_are_listed_by_whether_their_shelf_is_personal(store: Store) -> None:
    for name in "abc":
        store.append([make_event("e", customer_id=name)])
    allow(store, "b")
    assert store.customer_ids(personal=True) == ["b"]
    assert store.customer_ids(personal=False, after="a") == ["c"]
