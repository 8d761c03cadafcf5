"""The shelf wins over who was here before it, and sells what a customer had never bought."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_who_was_here_before_and_opens_a_first_shelf_is_won_and_who_does_not_stays_in_the_denominator(
    fillable: Runtime,
) -> None:
    telling = Telling(fillable)
    for who in ("came", "stayed_away", "had_come"):
        telling.event(who, "purchase", 200, amount=1_00)
    telling.shelf("came", 20)
    telling.shelf("new", 20)
    telling.shelf("had_come", 100)
    telling.shelf("had_come", 20)
    assert counts(telling.told("cross")["complementary_acquisition"]) == (1, 2)


def test_a_first_purchase_in_another_zone_after_a_click_is_cross_acquired_one_in_the_same_zone_is_not(
    fillable: Runtime,
) -> None:
    telling = Telling(fillable)
    for who, product in (("other_zone", 2), ("same_zone", 1), ("without_click", 2)):
        telling.event(who, "purchase", 200, 0, amount=1_00)
        shelf = telling.shelf(who, 30, ("transferable", product))
        if who != "without_click":
            telling.on_card(shelf, "click", 30)
        telling.event(who, "purchase", 29, product, amount=1_00)
    assert counts(telling.told("cross")["cross_acquisition"]) == (1, 3)


def test_a_seen_card_of_a_category_that_was_bought_before_is_not_cross_selling(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.event("a", "purchase", 200, 0, amount=1_00)
    shelf = telling.shelf("a", 60, ("fixed", 0), ("transferable", 1), ("transferable", 2), ("transferable", 3))
    for place in (0, 1, 2):
        telling.on_card(shelf, "impression", 60, place)
    telling.on_card(shelf, "click", 60, 1)
    telling.event("a", "purchase", 59, 1, amount=1_00)
    telling.on_card(telling.shelf("a", 50, ("fixed", 1)), "impression", 50)  # it has been bought by now
    assert counts(telling.told("cross")["cross_sell_conversion"]) == (1, 2)
