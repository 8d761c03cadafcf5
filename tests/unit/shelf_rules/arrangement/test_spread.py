"""Cards outside the category with the most."""

from __future__ import annotations

import pytest

from shelf_rules.arrangement.spread import spread
from tests.factories import make_product
from tests.unit.shelf_rules.arrangement.slates import make_policy, make_slate


@pytest.mark.parametrize(("slots", "most"), [(9, 7), (10, 8), (5, 4), (1, 0)])
def test_one_card_in_five_is_kept_for_other_categories(slots: int, most: int) -> None:
    products = [make_product(f"p{number}") for number in range(slots)]
    slate = make_slate(*products, make_product("other", "cash.mmf", risk_issuer=1), policy=make_policy(slots=slots))
    for row in range(most):
        assert spread(slate, slate.card(row), "fixed")
        slate.place(row, "fixed")
    assert not spread(slate, slate.card(most), "public")
    assert spread(slate, slate.card(slots), "fixed") == (slots > 1)


def test_a_policy_that_asks_for_no_spread_has_none() -> None:
    slate = make_slate(*(make_product(f"p{n}") for n in range(9)), policy=make_policy(outside_top_share=0.0))
    for row in range(8):
        slate.place(row, "fixed")
    assert spread(slate, slate.card(8), "fixed")
