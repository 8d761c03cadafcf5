"""Each step of AARRR and 6R is a share of those who could have taken it."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_a_newcomer_of_yesterday_has_not_failed_to_come_back(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.shelf("new", 1, ("fixed", 0))
    telling.shelf("old", 40, ("fixed", 0))
    told = telling.told("lifecycle")
    assert counts(told["activation"]) == counts(told["retention"]) == (0, 1)
    assert counts(told["acquisition"]) == (2, 2)


def test_the_first_purchase_of_a_category_from_the_shelf_is_cross_sold_the_second_is_repeated(
    fillable: Runtime,
) -> None:
    telling = Telling(fillable)
    telling.event("a", "purchase", 200, 1, amount=1_00)
    for days, product in ((50, 0), (40, 1)):
        telling.on_card(telling.shelf("a", days, ("transferable", product)), "click", days)
        telling.event("a", "purchase", days, product, amount=1_00)
    told = telling.told("lifecycle")
    assert counts(told["cross_sell"]) == counts(told["cross_sell_anywhere"]) == (1, 1)
    assert counts(told["repeat_purchase"]) == counts(told["revenue"]) == (1, 1)


def test_where_nobody_was_invited_the_interval_is_not_a_point(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for number in range(12):
        telling.shelf(f"c{number:02}", 5)
    one = telling.told("lifecycle")["referral"]
    assert (one.value, one.low) == (0, 0)
    assert one.high == pytest.approx(3.689 / 12, abs=1e-3)


def test_a_customer_of_value_who_did_not_come_back_has_not_stayed_of_value(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who, again, stage in (
        ("stayed", 5, "value"),
        ("fell", 5, "cultivation"),
        ("gone", None, ""),
        ("new", 3, "value"),
    ):
        telling.shelf(who, 5 if who == "new" else 60, stage="value")
        if again is not None:
            telling.shelf(who, again, stage=stage)
    assert counts(telling.told("lifecycle")["reservation"]) == (1, 3)
