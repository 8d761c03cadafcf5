from __future__ import annotations

import numpy as np
import pytest

from shelf_rules.suitability.off_shelf import off_shelf
from tests.factories import make_catalogue, make_product, make_situation, withheld


@pytest.mark.parametrize("status", ["off_shelf", "suspended"])
def test_only_a_product_on_the_shelf_is_shown(status: str) -> None:
    situation = make_situation(make_product("on"), make_product("off", status=status))
    assert withheld(off_shelf(situation), situation) == ["off"]


def test_a_suspension_after_the_catalogue_was_built_counts() -> None:
    situation = make_situation(
        make_product("a"), make_product("b"), make_product("c", status="off_shelf"), suspended=np.array([0, 1, 0]) > 0
    )
    assert withheld(off_shelf(situation), situation) == ["b", "c"]


def test_a_suspension_does_not_outlive_its_decision() -> None:
    catalogue = make_catalogue(make_product("a"))
    off_shelf(make_situation(catalogue=catalogue, suspended=np.array([True])))
    assert withheld(off_shelf(make_situation(catalogue=catalogue)), make_situation(catalogue=catalogue)) == []
