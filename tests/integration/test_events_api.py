"""Events over HTTP: judged one by one, stored once, folded in their own order."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.clock import from_us, iso, to_us
from tests.sample_bank import NOW, SampleBank, Service, cards, serving

DAY_US = 86_400_000_000


def _event(service: Service, **fields: Any) -> dict[str, Any]:
    now = iso(service.runtime.clock.now_us())
    return {"event_id": "e1", "customer_id": "new-customer", "kind": "login", "occurred_at": now, **fields}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "purchase", "product_id": "no-such-product"}, "unknown_product"),
        ({"kind": "bargain"}, "bad_enum"),
        ({"kind": None}, "missing_field"),
        ({"channel": "tv"}, "bad_enum"),
        ({"amount": float("nan")}, "non_finite"),
        ({"amount": float("inf")}, "non_finite"),
        ({"amount": "12"}, "bad_type"),
        ({"amount": 0.001}, "bad_type"),
        ({"amount": True}, "bad_type"),
        ({"occurred_at": "yesterday"}, "bad_type"),
        ({"occurred_at": "2031-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"occurred_at": "2019-01-01T00:00:00Z"}, "too_late"),
        ({"occurred_at": None}, "missing_field"),
        ({"kind": "purchase"}, "missing_field"),
        ({"kind": "search"}, "missing_field"),
        ({"kind": "impression", "product_id": "P00000"}, "missing_field"),
        ({"kind": "cancel", "product_id": "P00000"}, "missing_field"),
        ({"kind": "served", "product_id": "P00000"}, "kind_not_allowed"),
        ({"kind": "task_rewarded", "task_id": "t"}, "kind_not_allowed"),
        ({"tracking": "forged"}, "bad_tracking"),
        ({"kind": "search", "category": "no.such"}, "bad_enum"),
        ({"colour": "red"}, "unknown_field"),
        ({"event_id": "two words"}, "bad_type"),
        ({"slot": 0}, "bad_type"),
        ({"payload": "text"}, "bad_type"),
        ({"payload": [1]}, "bad_type"),
    ],
)
def test_a_bad_event_is_rejected_with_its_code(shared_service: Service, fields: dict[str, Any], code: str) -> None:
    body = json.dumps({"events": [_event(shared_service, **fields)]})
    headers = {**shared_service.as_service, "Content-Type": "application/json"}
    answer = shared_service.client.post("/v1/events", content=body, headers=headers)
    assert answer.status_code == 202
    assert answer.json()["results"][0]["code"] == code


def test_a_bad_event_does_not_hurt_its_batch(service: Service) -> None:
    batch = [_event(service, event_id=f"e{number}") for number in range(500)]
    batch[250]["kind"] = "nonsense"
    results = service.post(*batch)
    assert [result["index"] for result in results] == list(range(500))
    assert [result["status"] for result in results].count("accepted") == 499
    assert results[250]["code"] == "bad_enum"


def test_the_same_event_again_is_a_duplicate_and_another_body_a_conflict(service: Service) -> None:
    event = _event(service)
    assert service.post(event, event)[1]["status"] == "duplicate"
    assert service.post(event)[0]["status"] == "duplicate"
    assert service.post({**event, "channel": "push"})[0]["code"] == "event_conflict"
    assert service.post({**event, "customer_id": "somebody-else"})[0]["status"] == "accepted"


def test_a_customer_cannot_create_a_purchase_or_speak_for_another(service: Service) -> None:
    headers = service.as_customer("C-me")
    events = [
        {**_event(service, kind="purchase", product_id="P00000"), "customer_id": "C-me"},
        _event(service, event_id="e2", customer_id="C-other"),
    ]
    answer = service.client.post("/v1/me/events", json={"events": events}, headers=headers)
    assert [result["code"] for result in answer.json()["results"]] == ["kind_not_allowed", "kind_not_allowed"]


def test_the_device_clock_error_is_taken_off(service: Service) -> None:
    now_us = service.runtime.clock.now_us()
    fast = 3 * DAY_US
    event = {"event_id": "late-phone", "kind": "login", "occurred_at": iso(now_us + fast - 60_000_000)}
    body = {"events": [event], "sent_at": iso(now_us + fast)}
    answer = service.client.post("/v1/me/events", json=body, headers=service.as_customer("C-phone"))
    assert answer.json()["results"][0]["status"] == "accepted"
    stored = service.runtime.store.history("C-phone").events[0]
    assert abs(stored.occurred_us - (now_us - 60_000_000)) < 5_000_000


def test_a_tracking_token_fills_the_place_and_belongs_to_one_customer(service: Service) -> None:
    mine, other = service.active(2)
    card = cards(service.shelf(mine))[0]
    seen = {"event_id": "seen", "kind": "impression", "tracking": card["tracking"]}
    now = iso(service.runtime.clock.now_us())
    assert service.post({**seen, "customer_id": mine, "occurred_at": now})[0]["status"] == "accepted"
    assert service.post({**seen, "customer_id": other, "occurred_at": now})[0]["code"] == "bad_tracking"
    stored = next(event for event in service.runtime.store.history(mine).events if event.event_id == "seen")
    assert (stored.tier, stored.slot) == (card["tier"], card["slot"])
    assert stored.decision_id


def test_a_token_at_odds_with_the_columns_is_bad_tracking(service: Service) -> None:
    customer_id = service.active(1)[0]
    card = cards(service.shelf(customer_id))[0]
    event = _event(service, customer_id=customer_id, kind="click", tracking=card["tracking"], slot=card["slot"] + 1)
    assert service.post(event)[0]["code"] == "bad_tracking"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"events": []}', 422),
        (b'{"events": "x"}', 422),
        (b'{"events": [1]}', 422),
        (b'{"events": [{}], "more": 1}', 422),
        (b"\xff\xfe", 400),
        (b"x" * 2_000_000, 413),
    ],
)
def test_a_body_that_is_no_batch_gets_one_clear_problem(shared_service: Service, content: bytes, status: int) -> None:
    headers = {**shared_service.as_service, "Content-Type": "application/json"}
    answer = shared_service.client.post("/v1/events", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_three_shuffled_orders_with_duplicates_give_identical_states(sample_bank: SampleBank, tmp_path: Path) -> None:
    rows = []
    for seed in range(3):
        with serving(sample_bank.copy(tmp_path / f"order-{seed}").settings()) as service:
            history = _history(service)
            order = random.Random(seed)  # noqa: S311 - shuffles a test
            arrivals = [*history, *history[::3]]
            order.shuffle(arrivals)
            for start in range(0, len(arrivals), 7):
                results = service.post(*arrivals[start : start + 7])
                assert {result["status"] for result in results} <= {"accepted", "duplicate"}
            rows.append([_row(service, customer_id) for customer_id in ("order-a", "order-b")])
            assert service.runtime.store.stale(["order-a", "order-b"]) == []
    assert rows[0] == rows[1] == rows[2]


def _row(service: Service, customer_id: str) -> tuple[bytes, bytes]:
    """The stored parts, whatever the customer allows to be read."""
    query = text("SELECT gate, state FROM customer_rows WHERE customer_id = :customer_id")
    with service.runtime.store.connect() as connection:
        gate, state = connection.execute(query, {"customer_id": customer_id}).one()
    return gate, state


def _history(service: Service) -> list[dict[str, Any]]:
    """120 events of two customers over 100 days: looks, purchases, cancels, redemptions, dismissals."""
    products = list(service.runtime.worlds.last().records)[:12]
    now_us = to_us(dt.datetime.fromisoformat(NOW))
    events = []
    for number in range(120):
        kind = ("search", "purchase", "detail", "top_up", "redeem", "dismiss", "login", "cancel")[number % 8]
        event: dict[str, Any] = {
            "event_id": f"h{number}",
            "customer_id": "order-a" if number % 5 else "order-b",
            "kind": kind,
            "occurred_at": from_us(now_us - (number * 5 // 6) * DAY_US).isoformat(),
        }
        if kind != "login":
            event["product_id"] = products[number // 8 % len(products)]
        if kind in {"purchase", "top_up", "redeem"}:
            event["amount"] = 100 * (number + 1)
        if kind == "cancel":
            event["refers_to"] = f"h{number - 6}"
        events.append(event)
    return events
