"""Who came back, bought again and held on is counted of those who were followed as long."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_only_who_has_come_for_so_long_can_have_come_back(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who, first, again in (("a", 31, 1), ("b", 31, None), ("c", 29, 3), ("d", 200, 120), ("e", 200, 25)):
        telling.shelf(who, first)
        if again is not None:
            telling.shelf(who, again)
    told = telling.told("stickiness")
    assert counts(told["came_back_30"]) == (1, 2)  # c has had no thirty days yet, d and e had theirs before these
    assert counts(told["came_back_90"]) == (0, 0)  # nor did d and e have their ninetieth day in these
    assert counts(told["came_back_180"]) == (1, 2)  # e: 175 days after, d: 80


def test_two_purchases_of_one_day_are_not_one_again(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who, again in (("a", 60), ("b", 59), ("c", 29)):
        telling.event(who, "purchase", 60, amount=1_00)
        telling.event(who, "purchase", again, 1, amount=1_00)
    assert counts(telling.told("stickiness")["bought_again_30"]) == (1, 3)


def test_what_was_cancelled_was_never_bought_and_what_was_given_back_is_not_held(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who, kind in (("a", "cancel"), ("b", "redeem"), ("c", "mature"), ("d", "detail")):
        bought = telling.event(who, "purchase", 60, amount=1_00)
        telling.event(who, kind, 55, **({"refers_to": bought["event_id"]} if kind == "cancel" else {}))
    told = telling.told("stickiness")
    assert counts(told["still_held_30"]) == (1, 3)
    assert counts(told["bought_again_30"]) == (0, 3)
    assert (told["still_held_30"].days, told["still_held_30"].method) == (30, "wilson")
