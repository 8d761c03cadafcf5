from __future__ import annotations

import numpy as np
import pytest

from shelf_rules.suitability.loan_invest_separation import loan_invest_separation
from tests.factories import make_product, make_regime, make_situation, withheld

PRODUCTS = (
    make_product("deposit"),
    make_product("fund", "fund.bond"),
    make_product("loan", "loan.consumer"),
    make_product("loan in fund", "loan.consumer", zone="fund"),
    make_product("wealth in credit", "wealth.mixed", zone="credit"),
    make_product("gold in credit", "gold.accum", zone="credit"),
    make_product("insurance in credit", "ins.health", zone="credit"),
)
FUND, LOAN, LOAN_IN_FUND, WEALTH_IN_CREDIT = 1, 2, 3, 4


@pytest.mark.parametrize(
    ("placed", "mixed"),
    [
        ([], []),
        ([0], []),
        ([FUND], ["loan in fund"]),
        ([LOAN], ["wealth in credit", "gold in credit"]),
        ([LOAN_IN_FUND], ["fund"]),
        ([WEALTH_IN_CREDIT], ["loan"]),
        ([6], []),
        ([FUND, LOAN], ["loan in fund", "wealth in credit", "gold in credit"]),
    ],
)
def test_no_zone_holds_a_loan_and_an_investment(placed: list[int], mixed: list[str]) -> None:
    situation = make_situation(*PRODUCTS)
    assert withheld(loan_invest_separation(situation, np.array(placed, dtype=np.int64)), situation) == mixed


def test_a_regime_without_the_separation_lets_them_stand_together() -> None:
    situation = make_situation(*PRODUCTS, regime=make_regime(loan_invest_separation=False))
    assert withheld(loan_invest_separation(situation, np.array([FUND, LOAN])), situation) == []
