from __future__ import annotations

import pytest

from shelf_rules.suitability.overdue_or_fraud_flag import overdue_or_fraud_flag
from tests.factories import make_gate, make_product, make_situation, withheld

PRODUCTS = (make_product("deposit"), make_product("card", "card.credit"), make_product("loan", "loan.consumer"))


@pytest.mark.parametrize("overdue", [False, True])
@pytest.mark.parametrize("fraud_flag", [False, True])
def test_either_flag_keeps_credit_away(*, overdue: bool, fraud_flag: bool) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(overdue=overdue, fraud_flag=fraud_flag))
    flagged = overdue or fraud_flag
    assert withheld(overdue_or_fraud_flag(situation), situation) == (["card", "loan"] if flagged else [])
