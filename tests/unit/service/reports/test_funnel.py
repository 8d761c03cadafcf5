"""What the shelf led to is counted from what was served, sent and credited."""

from __future__ import annotations

from collections import Counter

from service.clock import iso
from service.jobs.attribute import attribute
from service.reports.funnel import COLUMNS, Funnel
from tests.sample_bank import Service, cards, public_cards


def funnel(service: Service) -> Funnel:
    service.runtime.decisions.flush()
    attribute(service.runtime)
    with service.runtime.store.connect() as connection:
        return Funnel.read(connection)


def test_a_shelf_its_card_seen_and_clicked_and_the_purchase_are_counted_in_their_tier(service: Service) -> None:
    customer_id = service.with_three_tiers()
    before = funnel(service)
    shelf = service.shelf(customer_id)
    card = next(card for card in cards(shelf) if card["tier"] == "fixed")
    now_us = service.runtime.clock.now_us()
    for number, kind in enumerate(("impression", "click", "purchase")):
        event = {"event_id": kind, "customer_id": customer_id, "kind": kind, "occurred_at": iso(now_us + number)}
        about = {"product_id": card["product_id"]} if kind == "purchase" else {"tracking": card["tracking"]}
        assert service.post(event | about)[0]["status"] == "accepted"
    after = funnel(service)
    served = Counter([*(one["tier"] for one in cards(shelf)), *("public" for _ in public_cards(shelf))])
    for tier, counts in after.tiers.items():
        assert counts["served"] - before.tiers[tier]["served"] == served[tier], tier
    more = {name: after.tiers["fixed"][name] - before.tiers["fixed"][name] for name in COLUMNS[2:]}
    assert more == {"impressions": 1, "clicks": 1, "credited": 1, "same_product": 1}
    assert after.rows()[0] == ("fixed", *after.tiers["fixed"].values())
