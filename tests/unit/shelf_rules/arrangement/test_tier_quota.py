"""How slots flow between the tiers."""

from __future__ import annotations

from shelf_rules.arrangement.tier_quota import tier_quota
from tests.factories import make_product
from tests.unit.shelf_rules.arrangement.slates import make_slate

PRODUCTS = [make_product(f"p{number}") for number in range(9)]


def test_a_tier_begins_with_its_own_slots() -> None:
    assert tier_quota(make_slate(*PRODUCTS), "fixed") == 3


def test_unused_slots_flow_to_the_next_tier() -> None:
    slate = make_slate(*PRODUCTS)
    slate.place(0, "fixed")
    assert tier_quota(slate, "migratable") == 2 + 4


def test_at_the_end_the_public_zone_has_what_is_left() -> None:
    slate = make_slate(*PRODUCTS)
    for row in range(4):
        slate.place(row, "migratable")
    assert tier_quota(slate, "public") == 9 - 4


def test_slots_that_no_tier_has_are_public() -> None:
    slate = make_slate(*PRODUCTS, quotas={"fixed": 1, "migratable": 1, "transferable": 1})
    for row, tier in enumerate(("fixed", "migratable", "transferable")):
        slate.place(row, tier)
    assert tier_quota(slate, "transferable") == 0
    assert tier_quota(slate, "public") == 6


def test_slots_that_a_later_tier_took_do_not_flow_back() -> None:
    slate = make_slate(*PRODUCTS)
    slate.place(0, "fixed")
    for row in range(1, 7):
        slate.place(row, "migratable")
    assert tier_quota(slate, "fixed") == 0
