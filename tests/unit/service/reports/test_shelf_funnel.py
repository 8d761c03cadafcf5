"""The funnel counts distinct cards, and nobody leaves a denominator by not converting."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_a_card_seen_thrice_and_clicked_twice_is_one_card(fillable: Runtime) -> None:
    telling = Telling(fillable)
    shelf = telling.shelf("a", 50, ("fixed", 0), ("fixed", 1))
    for kind in ("impression", "impression", "impression", "click", "click"):
        telling.on_card(shelf, kind, 50)
    told = telling.told("funnel", "tier")
    assert counts(told["seen_rate fixed"]) == (1, 2)
    assert counts(told["click_rate fixed"]) == (1, 1)
    assert counts(told["funded_rate fixed"]) == (0, 1)


def test_a_click_without_an_impression_was_seen_and_served_though_the_log_lost_the_decision(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.on_card(telling.shelf("a", 50, ("fixed", 0), logged=False), "click", 49)
    told = telling.told("funnel", "stage")
    assert counts(told["seen_rate unknown"]) == counts(told["click_rate unknown"]) == (1, 1)


def test_a_customer_is_told_under_the_first_of_the_segments_and_a_decision_that_names_none_under_none(
    fillable: Runtime,
) -> None:
    telling = Telling(fillable)
    for who, segments in (("a", ["saving", "wealthy"]), ("b", []), ("c", None), ("d", ["of no policy"])):
        telling.on_card(telling.shelf(who, 50, ("fixed", 0), segments=segments), "impression", 50)
    telling.on_card(telling.shelf("e", 50, ("fixed", 0), segments=["saving"], logged=False), "impression", 50)
    told = telling.told("funnel", "segment")
    assert counts(told["seen_rate saving"]) == (1, 1)
    assert counts(told["seen_rate wealthy"]) == (0, 0)
    assert counts(told["seen_rate none"]) == counts(told["seen_rate unknown"]) == (2, 2)


def test_a_click_whose_window_is_not_over_has_not_failed_to_convert(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.on_card(telling.shelf("a", 3, ("fixed", 0)), "click", 3)  # seven days of attribution
    told = telling.told("funnel")
    assert counts(told["click_rate"]) == (1, 1)
    assert counts(told["funded_rate"]) == (0, 0)


def test_a_purchase_cancelled_in_its_cooling_off_days_is_none_and_another_product_is_told_apart(
    fillable: Runtime,
) -> None:
    telling = Telling(fillable)
    for who, product in (("a", 0), ("b", 0), ("c", 4)):  # 4 is of the same category as 0
        telling.on_card(telling.shelf(who, 50, ("fixed", 0)), "click", 50)
        bought = telling.event(who, "purchase", 49, product, amount=1_00)
        if who == "a":
            telling.event(who, "cancel", 48, refers_to=bought["event_id"])
    told = telling.told("funnel")
    assert counts(told["funded_rate"]) == (2, 3)
    assert counts(told["same_product"]) == (1, 2)


def test_what_is_redeemed_within_thirty_days_was_not_held(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who, days in (("a", 30), ("b", 31)):
        telling.on_card(telling.shelf(who, 70, ("fixed", 0)), "click", 70)
        telling.event(who, "purchase", 70, amount=1_00)
        telling.event(who, "redeem", 70 - days, amount=1_00)
    assert counts(telling.told("funnel")["held_rate"]) == (1, 2)
