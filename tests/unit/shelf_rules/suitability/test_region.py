from __future__ import annotations

import pytest

from shelf_rules.suitability.region import region
from tests.factories import make_gate, make_product, make_situation, withheld

PRODUCTS = (
    make_product("everywhere"),
    make_product("here", regions=("A",)),
    make_product("both", regions=("A", "B")),
    make_product("there", regions=("B",)),
)


@pytest.mark.parametrize(
    ("home", "elsewhere"),
    [
        ("A", ["there"]),
        ("B", ["here"]),
        ("C", ["here", "both", "there"]),
        ("", ["here", "both", "there"]),
        (None, ["here", "both", "there"]),
    ],
)
def test_a_limited_product_is_shown_only_where_it_is_sold(home: str | None, elsewhere: list[str]) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(region=home))
    assert withheld(region(situation), situation) == elsewhere
