from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shelf_rules.eligibility.seen_too_often import seen_too_often
from shelf_rules.policy import FatiguePolicy, Policy
from shelf_rules.situation import FIXED, NO_TIER, TRANSFERABLE, Situation
from tests.factories import TODAY, category_number, make_catalogue, make_past, make_product, make_situation, withheld

CATALOGUE = make_catalogue(
    make_product("a", product_no=3), make_product("b", product_no=7), make_product("c", "fund.bond", product_no=8)
)


def _situation(
    impressions: list[tuple[int, int, int]], clicks: list[tuple[int, int]] = (), **fields: object
) -> Situation:
    past = make_past(
        impressions=[{"product": product, "day": TODAY - age, "count": count} for product, age, count in impressions],
        clicks=[{"product": product, "day": TODAY - age} for product, age in clicks],
    )
    return make_situation(catalogue=CATALOGUE, past=past, **fields)


@pytest.mark.parametrize(
    ("impressions", "tired"),
    [
        ([(3, 0, 10)], True),
        ([(3, 0, 9)], False),
        ([(3, 0, 5), (3, 13, 5)], True),
        ([(3, 0, 5), (3, 14, 5)], False),
        ([(3, 0, 9), (3, -1, 5)], False),
        ([(3, 13, 10)], True),
        ([(3, 14, 10)], False),
        ([(7, 0, 9), (3, 0, 9)], False),
        ([], False),
    ],
)
def test_ten_impressions_in_fourteen_days_are_too_many(impressions: list[tuple[int, int, int]], *, tired: bool) -> None:
    situation = _situation(impressions)
    assert withheld(seen_too_often(situation), situation) == ["a"] * tired


@pytest.mark.parametrize(("age", "tired"), [(0, False), (13, False), (14, True), (-1, True)])
def test_a_click_in_the_window_forgives(age: int, *, tired: bool) -> None:
    situation = _situation([(3, 0, 20), (7, 0, 20)], [(3, age)])
    assert withheld(seen_too_often(situation), situation) == ["a"] * tired + ["b"]


def test_a_click_forgives_its_own_product() -> None:
    situation = _situation([(3, 0, 20), (7, 0, 20), (8, 0, 20)], [(7, 0)])
    assert withheld(seen_too_often(situation), situation) == ["a", "c"]


@pytest.mark.parametrize(("tier", "tired"), [(None, ["a", "c"]), (FIXED, ["a"]), (TRANSFERABLE, ["a", "c"])])
def test_a_fixed_preference_never_tires(tier: int | None, tired: list[str]) -> None:
    situation = _situation([(3, 0, 10), (8, 0, 10)])
    if tier is not None:
        situation.tier = np.full(len(CATALOGUE.categories), NO_TIER)
        situation.tier[category_number("fund.bond")] = tier
    assert withheld(seen_too_often(situation), situation) == tired


def test_products_that_the_catalogue_lacks_are_passed_over() -> None:
    situation = _situation([(-1, 0, 50), (4, 0, 50), (9, 0, 50), (10**6, 0, 50), (8, 0, 50)], [(-1, 0), (10**6, 0)])
    assert withheld(seen_too_often(situation), situation) == ["c"]


def test_how_many_and_how_long_is_the_policys() -> None:
    policy = replace(Policy(), fatigue=FatiguePolicy(impressions=3, window_days=2))
    situation = _situation([(3, 1, 3), (7, 2, 3), (8, 0, 2)], policy=policy)
    assert withheld(seen_too_often(situation), situation) == ["a"]


def test_on_a_non_personal_shelf_nothing_is_known_to_be_seen() -> None:
    situation = make_situation(catalogue=CATALOGUE, mode="holdout")
    assert withheld(seen_too_often(situation), situation) == []
