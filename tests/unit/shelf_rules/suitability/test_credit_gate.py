from __future__ import annotations

from shelf_rules.facts import Gate
from shelf_rules.suitability.credit_gate import credit_gate
from tests.factories import make_gate, make_product, make_situation, withheld

PRODUCTS = (
    make_product("deposit"),
    make_product("card", "card.credit"),
    make_product("loan", "loan.consumer"),
    make_product("travel", "inst.travel"),
    make_product("own", "pay.wallet", regime="credit"),
    make_product("fund", "fund.bond"),
)


def test_credit_needs_the_gate_to_pass() -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(credit_pass=False))
    assert withheld(credit_gate(situation), situation) == ["card", "loan", "travel", "own"]


def test_a_passed_gate_withholds_nothing() -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(credit_pass=True))
    assert withheld(credit_gate(situation), situation) == []


def test_an_unknown_gate_is_no_pass() -> None:
    situation = make_situation(*PRODUCTS, gate=Gate())
    assert withheld(credit_gate(situation), situation) == ["card", "loan", "travel", "own"]
