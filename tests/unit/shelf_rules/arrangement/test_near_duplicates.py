"""Near-duplicates on one shelf."""

from __future__ import annotations

from shelf_rules.arrangement.near_duplicates import near_duplicates
from tests.factories import make_product
from tests.unit.shelf_rules.arrangement.slates import make_slate


def test_products_of_one_series_do_not_stand_beside_each_other_wherever_they_are() -> None:
    slate = make_slate(
        make_product("a", series_id="s", term_days=30),
        make_product("b", "cash.mmf", series_id="s", term_days=90),
        make_product("c", series_id="t", term_days=200),
    )
    slate.place(0, "fixed")
    assert not near_duplicates(slate, slate.card(1), "public")
    assert near_duplicates(slate, slate.card(2), "fixed")


def test_twins_without_a_series_do_not_stand_beside_each_other() -> None:
    alike = {"issuer": "bank", "risk_issuer": 2, "liquidity": "T+1"}
    slate = make_slate(
        make_product("a", "fund.bond", term_days=31, **alike),
        make_product("b", "fund.bond", term_days=89, **alike),
        make_product("c", "fund.bond", term_days=91, **alike),
    )
    slate.place(0, "migratable")
    assert not near_duplicates(slate, slate.card(1), "migratable")
    assert near_duplicates(slate, slate.card(2), "migratable")


def test_a_product_stands_once() -> None:
    slate = make_slate(make_product("a", series_id="s"))
    assert near_duplicates(slate, slate.card(0), "fixed")
    slate.place(0, "fixed")
    assert not near_duplicates(slate, slate.card(0), "public")


def test_products_without_a_series_are_not_one_series() -> None:
    slate = make_slate(make_product("a", term_days=30), make_product("b", term_days=400))
    slate.place(0, "fixed")
    assert near_duplicates(slate, slate.card(1), "fixed")
