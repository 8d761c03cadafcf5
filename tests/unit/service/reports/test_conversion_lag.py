"""The lag curve keeps whoever did not buy, and censors only what cannot be known yet."""

from __future__ import annotations

import pytest

from service.reports.metric import FEW, Metric
from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

all_told = pytest.mark.usefixtures("all_told")


@all_told
def test_a_click_too_young_to_be_followed_leaves_the_risk_set_and_not_the_denominator(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who, clicked, bought in (("a", 60, 57), ("b", 60, None), ("c", 2, None)):
        telling.on_card(telling.shelf(who, clicked, ("fixed", 0)), "click", clicked)
        if bought is not None:
            telling.event(who, "purchase", bought, amount=1_00)
    told = telling.told("lag")
    assert counts(told["funded_by_day 3"]) == (1, 3)
    assert told["funded_by_day 0"].value == 0
    assert told["funded_by_day 3"].value == pytest.approx(1 / 2)  # c was followed for two days
    assert told["funded_by_day 60"].value == pytest.approx(1 / 2)


@all_told
def test_a_click_that_another_one_follows_is_not_funded_any_more(fillable: Runtime) -> None:
    telling = Telling(fillable)
    shelf = telling.shelf("a", 60, ("fixed", 0), ("fixed", 4))
    telling.on_card(shelf, "click", 60, 0)
    telling.on_card(shelf, "click", 58, 1)
    telling.event("a", "purchase", 57, amount=1_00)
    told = telling.told("lag")
    assert counts(told["funded_by_day 60"]) == (1, 2)
    assert told["funded_by_day 60"].value == pytest.approx(1 / 2)


@all_told
def test_young_clicks_do_not_count_for_having_been_followed_by_another(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for day in range(60, 0, -1):  # of two clicks one is followed at once, the other funded on the fifth day
        one, other = f"a{day}", f"b{day}"
        telling.on_card(telling.shelf(other, day, ("fixed", 0)), "click", day)
        shelf = telling.shelf(one, day, ("fixed", 0), ("fixed", 0))
        telling.on_card(shelf, "click", day, 0)
        if day >= 5:
            telling.event(other, "purchase", day - 5, amount=1_00)
        if day > 1:
            telling.on_card(shelf, "click", day - 1, 1)
    told = telling.told("lag", "slot")
    assert told["funded_by_day fixed 1 7"].value == pytest.approx(0.5)


@all_told
def test_the_interval_is_log_log_with_greenwoods_variance(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for number in range(10):
        telling.on_card(telling.shelf(f"c{number}", 60, ("fixed", 0)), "click", 60)
        if number < 4:
            telling.event(f"c{number}", "purchase", 59, amount=1_00)
    one = telling.told("lag")["funded_by_day 1"]
    # S = .6, Greenwood 4 / (10 · 6), half = 1.96 · sqrt(.0667) / |log .6| = .9907; S ** exp(±half)
    assert (one.value, one.low, one.high) == pytest.approx((0.4, 0.1728, 0.7473), abs=1e-3)


@pytest.mark.parametrize(("young", "is_told"), [(0, True), (1, False), (12, True)])
def test_a_curve_from_which_a_few_clicks_of_the_last_day_could_be_solved_is_not_told(
    fillable: Runtime, young: int, is_told: bool
) -> None:
    telling = Telling(fillable)
    for number in range(60):
        telling.on_card(telling.shelf(f"c{number}", 60, ("fixed", 0)), "click", 60)
        if number < 30:
            telling.event(f"c{number}", "purchase", 60 if number < 15 else 59, amount=1_00)
    for number in range(young):
        telling.on_card(telling.shelf(f"y{number}", 0, ("fixed", 0)), "click", 0)
    told = telling.told("lag")
    first, then = told["funded_by_day 0"], told["funded_by_day 1"]
    assert (first.reason, then.reason) == (None, None if is_told else FEW)
    if is_told:
        assert solved(first, then) == pytest.approx(young)


def solved(first: Metric, then: Metric) -> float:
    """How many clicks were left between two days that are told, by what is told of them."""
    by_first, clicks, by_then = (float(one or 0) for one in (first.numerator, first.denominator, then.numerator))
    at_risk = (by_then - by_first) / (1 - (1 - float(then.value or 0)) / (1 - float(first.value or 0)))
    return clicks - by_first - at_risk
