from __future__ import annotations

import pytest

from shelf_rules.suitability.not_assessed import not_assessed
from tests.factories import make_gate, make_product, make_situation, withheld

ASKING = ["deposit.structured", "cash.mmf", "gold.accum", "ins.health"]
NOT_ASKING = ["deposit.term", "bond.savings_e", "loan.consumer", "pay.bill"]
PRODUCTS = [make_product(code, code) for code in ASKING + NOT_ASKING]


@pytest.mark.parametrize(
    "lacking", [{"capacity": 0}, {"assessed_us": None}, {"capacity": 0, "assessed_us": None}], ids=str
)
def test_without_a_known_capacity_and_date_there_is_no_assessment(lacking: dict[str, object]) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(**lacking))
    assert withheld(not_assessed(situation), situation) == ASKING


@pytest.mark.parametrize("capacity", [1, 5])
def test_with_both_nothing_is_withheld(capacity: int) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(capacity=capacity, assessed_us=0))
    assert withheld(not_assessed(situation), situation) == []
