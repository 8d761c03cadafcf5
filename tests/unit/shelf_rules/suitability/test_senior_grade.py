from __future__ import annotations

import numpy as np
import pytest

from shelf_rules.situation import FIXED, MIGRATABLE, TRANSFERABLE, Situation
from shelf_rules.suitability.senior_grade import senior_grade
from tests.factories import YEAR, category_number, make_gate, make_product, make_regime, make_situation, withheld

PRODUCTS = (
    make_product("none"),
    make_product("R3", "fund.equity", risk_issuer=3),
    make_product("R4", "fund.equity", risk_issuer=4),
    make_product("R5", "wealth.equity", risk_distributor=5),
)


def _situation(birth_year: int | None, tiers: dict[str, int] | None = None) -> Situation:
    situation = make_situation(*PRODUCTS, gate=make_gate(birth_year=birth_year))
    if tiers is not None:
        situation.tier = np.zeros(len(situation.catalogue.categories), dtype=np.int64)
        for code, tier in tiers.items():
            situation.tier[category_number(code)] = tier
    return situation


@pytest.mark.parametrize("birth_year", [YEAR - 65, YEAR - 66, YEAR - 100, None])
def test_a_senior_sees_no_high_grade(birth_year: int | None) -> None:
    situation = _situation(birth_year)
    assert withheld(senior_grade(situation), situation) == ["R4", "R5"]


@pytest.mark.parametrize("birth_year", [YEAR - 64, YEAR - 40])
def test_nobody_else_is_kept_from_them(birth_year: int) -> None:
    situation = _situation(birth_year)
    assert withheld(senior_grade(situation), situation) == []


@pytest.mark.parametrize(("tier", "still"), [(FIXED, ["R5"]), (MIGRATABLE, ["R4", "R5"]), (TRANSFERABLE, ["R4", "R5"])])
def test_a_fixed_preference_stays(tier: int, still: list[str]) -> None:
    situation = _situation(None, {"fund.equity": tier})
    assert withheld(senior_grade(situation), situation) == still


def test_age_and_limit_are_the_regimes() -> None:
    situation = make_situation(
        *PRODUCTS, gate=make_gate(birth_year=YEAR - 60), regime=make_regime(senior_age=60, senior_max_grade=2)
    )
    assert withheld(senior_grade(situation), situation) == ["R3", "R4", "R5"]
