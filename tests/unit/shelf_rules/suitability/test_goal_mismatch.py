from __future__ import annotations

import pytest

from shelf_rules.suitability.goal_mismatch import goal_mismatch
from tests.factories import make_gate, make_product, make_situation, withheld

PRODUCTS = [make_product("unknown")] + [make_product(f"{days}", min_hold_days=days) for days in (0, 1, 90, 91, 365)]


@pytest.mark.parametrize(
    ("horizon", "longer"),
    [(None, []), (0, ["1", "90", "91", "365"]), (90, ["91", "365"]), (91, ["365"]), (365, [])],
)
def test_the_minimum_holding_stays_within_the_stated_horizon(horizon: int | None, longer: list[str]) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(goal_horizon_days=horizon))
    assert withheld(goal_mismatch(situation), situation) == longer
