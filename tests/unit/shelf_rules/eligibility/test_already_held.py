from __future__ import annotations

import numpy as np
import pytest

from shelf_rules.eligibility.already_held import already_held
from shelf_rules.situation import FIXED, MIGRATABLE, NO_TIER
from tests.factories import category_number, make_catalogue, make_evidence, make_product, make_situation, withheld

CATALOGUE = make_catalogue(make_product("term"), make_product("fund", "fund.bond"), make_product("free", "fund.bond"))
HELD = make_evidence(CATALOGUE, held_products=np.array([True, True, False]))


@pytest.mark.parametrize(
    ("tier", "mask"), [(None, ["term", "fund"]), (FIXED, ["term"]), (MIGRATABLE, ["term", "fund"])]
)
def test_what_is_held_is_shown_again_only_as_a_fixed_preference(tier: int | None, mask: list[str]) -> None:
    situation = make_situation(catalogue=CATALOGUE, evidence=HELD)
    if tier is not None:
        situation.tier = np.full(len(CATALOGUE.categories), NO_TIER)
        situation.tier[category_number("fund.bond")] = tier
    assert withheld(already_held(situation), situation) == mask


def test_on_a_non_personal_shelf_nothing_is_known_to_be_held() -> None:
    situation = make_situation(catalogue=CATALOGUE, mode="nonpersonal")
    assert withheld(already_held(situation), situation) == []
