from __future__ import annotations

from shelf_rules.suitability.private_offering import private_offering
from tests.factories import make_catalogue, make_product, make_regime, make_situation, withheld


def test_a_private_offering_is_withheld() -> None:
    situation = make_situation(
        make_product("unknown"), make_product("public", offering="public"), make_product("private", offering="private")
    )
    assert withheld(private_offering(situation), situation) == ["private"]


def test_whatever_belongs_to_or_stands_in_a_private_zone_is_private_whatever_it_says() -> None:
    unlisted = len(make_regime().categories)
    catalogue = make_catalogue(
        make_product("trust", "private.trust", offering="public"),
        make_product("moved", "private.fund", zone="fund", offering="public"),
        make_product("placed", "fund.bond", zone="trust_private"),
        make_product("unlisted", unlisted, regime="nfra"),
        make_product("fund", "fund.bond"),
        outside=[("private.hedge", "")],
    )
    situation = make_situation(catalogue=catalogue)
    assert withheld(private_offering(situation), situation) == ["trust", "moved", "placed", "unlisted"]
