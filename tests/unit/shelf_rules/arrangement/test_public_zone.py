"""The public zone."""

from __future__ import annotations

import numpy as np

from shelf_rules.arrange import HARD
from shelf_rules.arrangement.category_cap import category_cap
from shelf_rules.arrangement.public_zone import public_zone
from shelf_rules.product import Product
from shelf_rules.slate import Slate
from tests.factories import make_product as product
from tests.factories import make_scores
from tests.unit.shelf_rules.arrangement.slates import make_policy, make_slate

STEPS = (*HARD, category_cap)


def shown(products: list[Product], popularity: list[float], slots: int = 9) -> list[str]:
    slate = filled(products, popularity, slots)
    return [products[row].product_id for row in slate.rows["public"]]


def filled(products: list[Product], popularity: list[float], slots: int) -> Slate:
    scores = make_scores(len(products), popularity)
    slate = make_slate(*products, quotas={}, scores=scores, policy=make_policy(slots=slots))
    public_zone(slate, np.ones(len(products), dtype=np.bool_), STEPS)
    return slate


def test_zones_take_turns_beginning_with_the_most_popular() -> None:
    products = [product("d1"), product("d2", term_days=90), product("pay", "pay.bill"), product("svc", "svc.rights")]
    assert shown(products, [9, 8, 1, 2], slots=2) == ["d1", "svc"]


def test_cards_are_grouped_in_the_order_of_the_zones() -> None:
    products = [
        product("pay", "pay.bill"),
        product("d1", term_days=30),
        product("pay2", "pay.fx"),
        product("d2", term_days=90),
    ]
    assert shown(products, [9, 1, 8, 2]) == ["d2", "d1", "pay", "pay2"]


def test_a_category_has_at_most_two_cards() -> None:
    products = [product(f"d{days}", term_days=days) for days in (10, 60, 100)]
    assert shown(products, [1, 2, 3]) == ["d100", "d60"]


def test_of_near_duplicates_the_most_popular_stands() -> None:
    products = [product("a", series_id="s", term_days=10), product("b", series_id="s", term_days=90)]
    assert shown(products, [1, 2]) == ["b"]


def test_equally_popular_products_stand_in_the_order_of_their_ids() -> None:
    products = [product("b", term_days=10), product("a", term_days=90)]
    assert shown(products, [5, 5], slots=1) == ["a"]


def test_a_zone_that_is_exhausted_leaves_its_turns_to_the_others() -> None:
    products = [
        product("svc", "svc.rights"),
        *(product(f"p{code}", f"pay.{code}") for code in ("bill", "fx", "wallet")),
    ]
    assert shown(products, [9, 3, 2, 1]) == ["pbill", "pfx", "pwallet", "svc"]


def test_it_takes_only_what_the_tiers_left() -> None:
    products = [product("a"), product("b", "pay.bill"), product("c", "pay.fx")]
    slate = make_slate(*products, quotas={"fixed": 1}, policy=make_policy(slots=2))
    slate.place(0, "fixed")
    public_zone(slate, np.ones(3, dtype=np.bool_), STEPS)
    assert slate.rows["public"] == [1]
    public_zone(slate, np.ones(3, dtype=np.bool_), STEPS)
    assert slate.rows["public"] == [1]
