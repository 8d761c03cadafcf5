"""A small bank for the stores: a clock that stands still, eight products, events by number."""

from __future__ import annotations

from typing import Any

from recommender.profile.state import KIND
from service.calendar import DAY_US, BankCalendar
from service.stores._bank import Bank
from service.stores.protocols import ConsentChange, EventRecord, Store
from tests.factories import NOW_US, make_regime

CATEGORIES = ("deposit.term", "cash.mmf", "fund.bond", "wealth.fixed_income")
PRODUCTS = [
    {"product_id": f"p{number}", "category": CATEGORIES[number % 4], "name": f"Product {number}"} for number in range(8)
]
LONG_AGO_US = NOW_US - 900 * DAY_US


def make_bank(now_us: int = NOW_US) -> Bank:
    return Bank(make_regime(), BankCalendar("Asia/Shanghai"), lambda: now_us)


def make_event(event_id: str, kind: str = "purchase", *, days_ago: float = 1.0, **fields: Any) -> EventRecord:
    """An event of the customer `c` about the product 0, unless said otherwise; the id and the fields are its body."""
    assert kind in KIND
    given = {"customer_id": "c", "product_no": 0, "amount": 100_00} | fields
    body = repr((event_id, kind, days_ago, sorted(given.items()))).encode()
    occurred_us = NOW_US - int(days_ago * DAY_US)
    return EventRecord(event_id=event_id, kind=kind, occurred_us=occurred_us, arrived_us=NOW_US, body=body, **given)


def allow(store: Store, customer_id: str = "c", at_us: int = LONG_AGO_US) -> None:
    """The customer's yes to personalisation."""
    store.change_consent(ConsentChange(customer_id, "personalisation", True, at_us))
