from __future__ import annotations

import pytest

from shelf_rules.policy import DAY_US
from shelf_rules.suitability.assessment_expired import assessment_expired
from tests.factories import NOW_US, make_gate, make_product, make_regime, make_situation, withheld

PRODUCTS = (make_product("deposit"), make_product("fund", "fund.bond"), make_product("health", "ins.health"))


@pytest.mark.parametrize(
    ("assessed_us", "expired"),
    [
        (None, False),
        (NOW_US, False),
        (NOW_US + 1, True),
        (NOW_US - 365 * DAY_US + 1, False),
        (NOW_US - 365 * DAY_US, True),
        (NOW_US - 365 * DAY_US - 1, True),
        (0, True),
    ],
)
def test_an_assessment_holds_for_a_year_from_its_date(assessed_us: int | None, *, expired: bool) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(assessed_us=assessed_us))
    assert withheld(assessment_expired(situation), situation) == (["fund", "health"] if expired else [])


def test_how_long_it_holds_is_the_regimes() -> None:
    regime = make_regime(assessment_valid_days=30)
    situation = make_situation(*PRODUCTS, regime=regime, gate=make_gate(assessed_us=NOW_US - 30 * DAY_US))
    assert withheld(assessment_expired(situation), situation) == ["fund", "health"]
