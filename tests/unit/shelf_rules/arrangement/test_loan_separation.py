"""Loans and investments."""

from __future__ import annotations

from shelf_rules.arrangement.loan_separation import loan_separation
from tests.factories import make_product, make_regime
from tests.unit.shelf_rules.arrangement.slates import make_slate

LOAN = make_product("loan", "loan.consumer", zone="life")
FUND = make_product("fund", "fund.bond", zone="life", risk_issuer=2)
OTHER_LOAN = make_product("line", "loan.cash_line", zone="life")


def test_an_investment_does_not_stand_in_the_zone_of_a_loan() -> None:
    slate = make_slate(LOAN, FUND, OTHER_LOAN)
    slate.place(0, "fixed")
    assert not loan_separation(slate, slate.card(1), "fixed")
    assert loan_separation(slate, slate.card(2), "fixed")


def test_a_loan_does_not_stand_in_the_zone_of_an_investment() -> None:
    slate = make_slate(LOAN, FUND)
    slate.place(1, "fixed")
    assert not loan_separation(slate, slate.card(0), "fixed")


def test_in_zones_of_their_own_they_may_both_stand_on_a_shelf() -> None:
    slate = make_slate(make_product("loan", "loan.consumer"), make_product("fund", "fund.bond", risk_issuer=2))
    slate.place(0, "fixed")
    assert loan_separation(slate, slate.card(1), "fixed")


def test_a_regime_may_do_without() -> None:
    slate = make_slate(LOAN, FUND, regime=make_regime(loan_invest_separation=False))
    slate.place(0, "fixed")
    assert loan_separation(slate, slate.card(1), "fixed")
