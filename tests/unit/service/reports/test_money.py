"""Money that only moved inside the bank is no new money."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_what_left_one_category_for_another_of_its_family_within_a_week_is_rolled_over(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.event("a", "redeem", 20, 1, amount=300_00)
    telling.event("a", "purchase", 15, 0, amount=500_00)
    told = telling.told("money")
    assert counts(told["net_new_money"]) == (200, 1)
    assert counts(told["rolled_over"]) == (300, 500)


def test_the_money_of_a_purchase_after_a_click_came_by_the_shelf(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.on_card(telling.shelf("a", 20, ("fixed", 0)), "click", 20)
    telling.event("a", "purchase", 19, 0, amount=100_00)
    telling.event("a", "purchase", 18, 1, amount=300_00)
    told = telling.told("money")
    assert counts(told["shelf_share_of_money"]) == (100, 400)
    assert counts(told["shelf_share_of_purchases"]) == (1, 2)
