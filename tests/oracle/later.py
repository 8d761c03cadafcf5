"""A week of events after the holdings statement: every kind that changes what a shelf says, by the day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.oracle.oracle.files import Bank, Customer
from tests.oracle.oracle.tables import DAY_US

Event = dict[str, Any]
HOUR_US = DAY_US // 24


def week_of_events(bank: Bank, customers: list[Customer], since_us: int) -> list[Event]:
    """Purchases, redemptions, maturities, renewals, cancels, interest and dismissals in six days."""
    events: list[Event] = []
    for number, customer in enumerate(customers):
        at_us = since_us + (number % 6) * DAY_US
        events += _bought(bank, customer.customer_id, number, at_us)
        events += _moved(customer, number, at_us + 3 * HOUR_US)
        events += _wanted(bank, customer.customer_id, number, at_us + 6 * HOUR_US)
    return events


def _event(customer_id: str, name: str, kind: str, at_us: int, **fields: Any) -> Event:
    at = datetime.fromtimestamp(at_us / 1_000_000, tz=UTC).isoformat()
    event_id = f"later-{name}-{customer_id}"
    return {"event_id": event_id, "customer_id": customer_id, "kind": kind, "occurred_at": at, **fields}


def _bought(bank: Bank, customer_id: str, number: int, at_us: int) -> list[Event]:
    product_id = bank.products[number * 7 % len(bank.products)]["product_id"]
    amount = {} if number % 11 == 0 else {"amount": 1_000 + 10.25 * number}
    events = [_event(customer_id, "buy", "purchase", at_us, product_id=product_id, **amount)]
    if number % 3 == 0:
        events.append(_event(customer_id, "more", "top_up", at_us + HOUR_US, product_id=product_id, amount=500))
    if number % 5 == 0:
        undone = events[0]["event_id"]
        events.append(
            _event(customer_id, "undo", "cancel", at_us + 2 * HOUR_US, product_id=product_id, refers_to=undone)
        )
    return events


def _moved(customer: Customer, number: int, at_us: int) -> list[Event]:
    open_ones = [row for row in customer.holdings if row["closed_at"] is None and row["amount"]]
    due = [row for row in open_ones if row["matures_at"] is not None and row["matures_at"] < at_us + 30 * DAY_US]
    free = [row for row in open_ones if row["matures_at"] is None]
    events = []
    if due:
        kind = "mature" if number % 2 else "renewal"
        row = due[0]
        events.append(
            _event(customer.customer_id, "due", kind, at_us, product_id=row["product_id"], amount=row["amount"])
        )
    if free:
        row = free[-1]
        amount = row["amount"] if number % 4 == 0 else round(row["amount"] / 3, 2)
        events.append(_event(customer.customer_id, "out", "redeem", at_us, product_id=row["product_id"], amount=amount))
    return events


def _wanted(bank: Bank, customer_id: str, number: int, at_us: int) -> list[Event]:
    looked = bank.products[number * 11 % len(bank.products)]
    unwanted = bank.products[number * 13 % len(bank.products)]["product_id"]
    events = [
        _event(customer_id, f"look{place}", kind, at_us + place, product_id=looked["product_id"], session_id="s1")
        for place, kind in enumerate(("detail", "compare", "calculate", "consult"))
    ]
    seen = {"product_id": looked["product_id"], "decision_id": "d1", "tier": "fixed", "slot": 1}
    events += [_event(customer_id, f"seen{place}", "impression", at_us + 20 + place, **seen) for place in range(10)]
    if number % 2:
        events.append(_event(customer_id, "click", "click", at_us + 40, **seen))
    events.append(_event(customer_id, "search", "search", at_us + 10, category=looked["category"], channel="in_app"))
    events.append(_event(customer_id, "no", "dismiss", at_us + 11, product_id=unwanted))
    return events
