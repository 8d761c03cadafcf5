from __future__ import annotations

import pytest

from shelf_rules.policy import DAY_US
from shelf_rules.suitability.age_minor import age_minor
from tests.factories import NOW_US, YEAR, make_gate, make_product, make_situation, withheld

CATEGORIES = (
    "deposit.term",
    "cash.mmf",
    "cash.wealth",
    "wealth.fixed_income",
    "fund.bond",
    "bond.savings_e",
    "gold.accum",
    "ins.health",
    "ins.participating",
    "ins.universal",
    "ins.ul",
    "pension.fund",
    "private.trust",
    "card.credit",
    "loan.consumer",
    "pay.wallet",
    "svc.rights",
)
NOT_FOR_MINORS = [
    "cash.wealth",
    "wealth.fixed_income",
    "fund.bond",
    "bond.savings_e",
    "gold.accum",
    "ins.participating",
    "ins.universal",
    "ins.ul",
    "private.trust",
    "card.credit",
    "loan.consumer",
]
PRODUCTS = tuple(make_product(code, code) for code in CATEGORIES)


@pytest.mark.parametrize("age", [-1, 0, 17, 18])
def test_a_minor_sees_no_credit_and_no_investment(age: int) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(birth_year=YEAR - age))
    assert withheld(age_minor(situation), situation) == NOT_FOR_MINORS


@pytest.mark.parametrize("age", [19, 40, 90])
def test_who_is_surely_of_age_sees_everything(age: int) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(birth_year=YEAR - age))
    assert withheld(age_minor(situation), situation) == []


def test_an_unknown_age_with_a_valid_assessment_is_no_minors() -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(birth_year=None))
    assert withheld(age_minor(situation), situation) == []


@pytest.mark.parametrize(
    "lacking",
    [{"capacity": 0}, {"assessed_us": None}, {"assessed_us": NOW_US - 365 * DAY_US}, {"assessed_us": NOW_US + 1}],
)
def test_an_unknown_age_without_a_valid_assessment_is_a_minors(lacking: dict[str, object]) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(birth_year=None, **lacking))
    assert withheld(age_minor(situation), situation) == NOT_FOR_MINORS


def test_a_display_zone_neither_opens_nor_hides_a_product_to_minors() -> None:
    situation = make_situation(
        make_product("hidden", "fund.bond", zone="service"),
        make_product("shown", "svc.rights", zone="fund"),
        make_product("credit", "pay.wallet", regime="credit"),
        make_product("plain", "pay.wallet"),
        gate=make_gate(birth_year=YEAR - 10),
    )
    assert withheld(age_minor(situation), situation) == ["hidden", "shown", "credit"]
