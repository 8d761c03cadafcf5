from __future__ import annotations

import numpy as np
import pytest

from shelf_rules.eligibility.duplicate_of import duplicate_of
from tests.factories import make_product, make_situation, withheld

TWIN = {"issuer": "x", "risk_issuer": 2, "term_days": 180, "liquidity": "maturity"}
PRODUCTS = (
    make_product("a", "wealth.mixed", **TWIN),
    make_product("b", "wealth.mixed", **TWIN),
    make_product("c", "wealth.mixed", series_id="s"),
    make_product("d", "fund.bond", series_id="s"),
    make_product("e", "fund.bond"),
    make_product("f", "fund.bond"),
)


@pytest.mark.parametrize(
    ("placed", "alike"),
    [
        ([], []),
        ([0], ["a", "b"]),
        ([1], ["a", "b"]),
        ([2], ["c", "d"]),
        ([4], ["e"]),
        ([5], ["f"]),
        ([4, 3, 0], ["a", "b", "c", "d", "e"]),
    ],
)
def test_one_of_a_series_or_of_a_twin_group_stands_for_all(placed: list[int], alike: list[str]) -> None:
    situation = make_situation(*PRODUCTS)
    assert withheld(duplicate_of(situation, np.array(placed, dtype=np.int64)), situation) == alike
