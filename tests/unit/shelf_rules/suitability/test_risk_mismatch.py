from __future__ import annotations

import pytest

from shelf_rules.suitability.risk_mismatch import risk_mismatch
from tests.factories import make_gate, make_product, make_regime, make_situation, withheld

GRADES = (1, 2, 3, 4, 5)


@pytest.mark.parametrize("code", ["deposit.structured", "fund.equity", "gold.accum", "ins.ul"])
@pytest.mark.parametrize("capacity", GRADES)
def test_a_customer_sees_the_grades_up_to_the_own_capacity(capacity: int, code: str) -> None:
    products = [make_product(f"R{grade}", code, risk_issuer=grade) for grade in GRADES]
    situation = make_situation(*products, gate=make_gate(capacity=capacity))
    assert withheld(risk_mismatch(situation), situation) == [f"R{grade}" for grade in GRADES if grade > capacity]


@pytest.mark.parametrize("issuer", [None, *GRADES])
@pytest.mark.parametrize("distributor", [None, *GRADES])
@pytest.mark.parametrize("capacity", GRADES)
def test_the_higher_of_issuer_and_distributor_counts(
    issuer: int | None, distributor: int | None, capacity: int
) -> None:
    product = make_product(category="fund.bond", risk_issuer=issuer, risk_distributor=distributor)
    situation = make_situation(product, gate=make_gate(capacity=capacity))
    grades = [grade for grade in (issuer, distributor) if grade is not None]
    assert withheld(risk_mismatch(situation), situation) == ["p"] * (not grades or max(grades) > capacity)


def test_a_missing_grade_fails_only_where_one_is_needed() -> None:
    codes = ("deposit.structured", "fund.bond", "gold.accum", "ins.ul", "ins.health", "deposit.term", "loan.consumer")
    situation = make_situation(*[make_product(code, code) for code in codes])
    assert withheld(risk_mismatch(situation), situation) == ["deposit.structured", "fund.bond", "gold.accum"]


def test_an_unknown_capacity_matches_no_grade_where_an_assessment_is_needed() -> None:
    products = [make_product(code, code, risk_issuer=1) for code in ("fund.bond", "ins.ul", "bond.savings_e")]
    situation = make_situation(*products, gate=make_gate(capacity=0))
    assert withheld(risk_mismatch(situation), situation) == ["fund.bond", "ins.ul"]


def test_insurance_without_a_grade_matches_an_unknown_capacity() -> None:
    situation = make_situation(make_product(category="ins.health"), gate=make_gate(capacity=0))
    assert withheld(risk_mismatch(situation), situation) == []


def test_a_grade_is_compared_wherever_there_is_one() -> None:
    situation = make_situation(
        make_product("bond", "bond.savings_e", risk_issuer=1),
        make_product("odd", "deposit.term", risk_issuer=3),
        gate=make_gate(capacity=2),
    )
    assert withheld(risk_mismatch(situation), situation) == ["odd"]


def test_which_grades_match_is_the_regimes() -> None:
    grades = {capacity: frozenset({capacity}) for capacity in GRADES}
    products = [make_product(f"R{grade}", "fund.bond", risk_issuer=grade) for grade in GRADES]
    situation = make_situation(*products, regime=make_regime(grades=grades), gate=make_gate(capacity=2))
    assert withheld(risk_mismatch(situation), situation) == ["R1", "R3", "R4", "R5"]
