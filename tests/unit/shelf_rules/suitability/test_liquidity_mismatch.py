from __future__ import annotations

import pytest

from shelf_rules.suitability.liquidity_mismatch import liquidity_mismatch
from tests.factories import make_gate, make_product, make_situation, withheld

PRODUCTS = (
    make_product("unknown"),
    make_product("T0", liquidity="T+0"),
    make_product("T1", liquidity="T+1"),
    make_product("T30", liquidity="T+30"),
    make_product("term", liquidity="maturity", term_days=90),
    make_product("open-ended", liquidity="maturity"),
)


@pytest.mark.parametrize(
    ("need", "later"),
    [
        (None, []),
        (0, ["T1", "T30", "term", "open-ended"]),
        (1, ["T30", "term", "open-ended"]),
        (29, ["T30", "term", "open-ended"]),
        (30, ["term", "open-ended"]),
        (89, ["term", "open-ended"]),
        (90, ["open-ended"]),
        (36_500, ["open-ended"]),
    ],
)
def test_the_money_is_back_when_it_is_needed(need: int | None, later: list[str]) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(goal_liquidity_days=need))
    assert withheld(liquidity_mismatch(situation), situation) == later
