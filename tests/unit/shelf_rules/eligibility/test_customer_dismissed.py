from __future__ import annotations

from dataclasses import replace

import pytest

from shelf_rules.eligibility.customer_dismissed import customer_dismissed
from shelf_rules.policy import DAY_US, FatiguePolicy, Policy
from tests.factories import NOW_US, make_gate, make_product, make_situation, withheld

PRODUCTS = (
    make_product("alone", product_no=2),
    make_product("first", product_no=5, series_id="s"),
    make_product("second", product_no=6, series_id="s"),
    make_product("other", product_no=9, series_id="t"),
)


@pytest.mark.parametrize(
    ("age_us", "unwanted"),
    [(0, True), (1, True), (30 * DAY_US - 1, True), (30 * DAY_US, False), (-1, False)],
)
def test_a_dismissal_counts_for_thirty_days_from_when_it_happened(age_us: int, *, unwanted: bool) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(dismissed=((2, NOW_US - age_us),)))
    assert withheld(customer_dismissed(situation), situation) == ["alone"] * unwanted


@pytest.mark.parametrize(
    ("numbers", "unwanted"),
    [
        ([], []),
        ([5], ["first", "second"]),
        ([6], ["first", "second"]),
        ([2, 9], ["alone", "other"]),
        ([9, 9, 5], ["first", "second", "other"]),
        ([-1, 3, 10, 10**9], []),
    ],
)
def test_a_dismissal_takes_the_whole_series_with_it(numbers: list[int], unwanted: list[str]) -> None:
    dismissed = tuple((number, NOW_US - DAY_US) for number in numbers)
    situation = make_situation(*PRODUCTS, gate=make_gate(dismissed=dismissed))
    assert withheld(customer_dismissed(situation), situation) == unwanted


def test_how_long_is_the_policys() -> None:
    policy = replace(Policy(), fatigue=FatiguePolicy(dismissed_days=2))
    dismissed = ((2, NOW_US - 2 * DAY_US), (9, NOW_US - 2 * DAY_US + 1))
    situation = make_situation(*PRODUCTS, policy=policy, gate=make_gate(dismissed=dismissed))
    assert withheld(customer_dismissed(situation), situation) == ["other"]


def test_each_series_is_dismissed_by_itself() -> None:
    products = [make_product(name, series_id=name) for name in ("a", "b", "c")]
    for number, name in enumerate(("a", "b", "c")):
        situation = make_situation(*products, gate=make_gate(dismissed=((number, NOW_US),)))
        assert withheld(customer_dismissed(situation), situation) == [name]
