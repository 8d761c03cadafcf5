"""The cap of cards a category."""

from __future__ import annotations

from shelf_rules.arrangement.category_cap import category_cap
from tests.factories import make_product
from tests.unit.shelf_rules.arrangement.slates import make_slate


def test_a_third_card_of_a_category_does_not_stand_in_the_same_tier() -> None:
    slate = make_slate(*(make_product(f"p{number}") for number in range(3)))
    slate.place(0, "fixed")
    assert category_cap(slate, slate.card(2), "fixed")
    slate.place(1, "fixed")
    assert not category_cap(slate, slate.card(2), "fixed")


def test_the_cap_counts_each_place_by_itself() -> None:
    slate = make_slate(*(make_product(f"p{number}") for number in range(3)))
    slate.place(0, "fixed")
    slate.place(1, "fixed")
    assert category_cap(slate, slate.card(2), "public")


def test_a_freed_slot_counts_no_longer() -> None:
    slate = make_slate(*(make_product(f"p{number}") for number in range(3)))
    slate.place(0, "fixed")
    slate.place(1, "fixed")
    assert slate.take_last("fixed") == 1
    assert category_cap(slate, slate.card(2), "fixed")
