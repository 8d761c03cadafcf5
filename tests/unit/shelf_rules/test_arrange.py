"""The slate as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shelf_rules.arrange import arrange, arrange_public, given_up
from shelf_rules.policy_rules import Exploration
from shelf_rules.product import Product
from shelf_rules.slate import Slate
from tests.factories import make_product
from tests.unit.shelf_rules.arrangement.slates import QUOTAS, make_policy, make_slate

NO_CHANCE = {"drawn": Exploration(1, 0.0)}
FEW = ("pay.bill", "pay.fx", "pay.wallet", "svc.rights", "svc.advice", "svc.education")


def make_arranged(
    products: Sequence[Product],
    ranked: Mapping[str, Sequence[float]],
    quotas: Mapping[str, int] = QUOTAS,
    arrangement: Mapping[str, Any] = NO_CHANCE,
) -> Slate:
    slate = make_slate(*products, ranked=ranked, quotas=quotas, policy=make_policy(**arrangement))
    tiered = {row for ranking in slate.rankings.values() for row in ranking.rows}
    public = np.array([row not in tiered for row in range(len(products))], dtype=np.bool_)
    return arrange(slate.situation, quotas, slate.rankings, public, {})


def terms(count: int, category: str = "deposit.term") -> list[Product]:
    """Products of one category that are not each other's near-duplicates."""
    return [
        make_product(f"{category}{number}", category, issuer=f"i{number}", risk_issuer=1) for number in range(count)
    ]


def test_each_tier_has_its_slots_best_first() -> None:
    products = [make_product(code, code, risk_issuer=1) for code in ("deposit.term", "cash.mmf", *FEW)]
    slate = make_arranged(products, {"fixed": (0.9, 0.8), "migratable": (0.7,), "transferable": (0.6, 0.5)})
    assert slate.rows["fixed"] == [0, 1]
    assert slate.rows["migratable"] == [2]
    assert slate.rows["transferable"] == [3, 4]
    assert sorted(slate.rows["public"]) == [5, 6, 7]


def test_slots_that_fixed_does_not_use_flow_to_migratable() -> None:
    products = [make_product(code, code) for code in ("deposit.term", "deposit.cd", *FEW)]
    slate = make_arranged(products, {"migratable": (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)})
    assert slate.rows["migratable"] == [0, 1, 2, 3, 4, 5, 6]
    assert slate.rows["public"] == []


def test_a_full_shelf_gives_nothing_up() -> None:
    products = [*terms(3), *terms(3, "cash.mmf"), *(make_product(code, code) for code in FEW)]
    slate = make_arranged(products, {"fixed": (0.9, 0.8, 0.7), "migratable": (0.6, 0.5, 0.4)})
    assert slate.rows["fixed"] == [0, 1]
    assert slate.rows["migratable"] == [3, 4]
    assert len(slate) == 9
    assert given_up(slate) == ()


def test_the_spread_is_given_up_before_the_cap() -> None:
    policy = {"slots": 2, "category_cap": 2} | NO_CHANCE
    slate = make_arranged(terms(3), {"fixed": (0.9, 0.8, 0.7)}, {"fixed": 2}, policy)
    assert slate.rows["fixed"] == [0, 1]
    assert given_up(slate) == ("spread",)


def test_the_cap_is_given_up_only_to_fill_the_shelf() -> None:
    products = [*terms(5), make_product("bill", "pay.bill")]
    slate = make_arranged(products, {"fixed": (0.9, 0.8, 0.7, 0.6, 0.5)}, {"fixed": 4}, {"slots": 4} | NO_CHANCE)
    assert slate.rows["fixed"] == [0, 1, 2]
    assert slate.rows["public"] == [5]
    assert given_up(slate) == ("category_cap",)


def test_near_duplicates_are_never_shown_to_fill_the_shelf() -> None:
    products = [make_product(f"p{number}", series_id="s") for number in range(5)]
    slate = make_arranged(products, {"fixed": (0.9, 0.8, 0.7, 0.6, 0.5)})
    assert slate.rows["fixed"] == [0]
    assert given_up(slate) == ("spread",)


def test_cards_that_came_when_the_cap_was_given_up_stand_in_the_order_of_their_scores() -> None:
    products = [*terms(3), *terms(1, "deposit.cd")]
    slate = make_arranged(products, {"fixed": (0.9, 0.8, 0.7, 0.6)}, {"fixed": 4}, {"slots": 4} | NO_CHANCE)
    assert slate.rows["fixed"] == [0, 1, 2, 3]


def test_nothing_to_show_is_an_empty_shelf() -> None:
    slate = make_arranged([], {})
    assert len(slate) == 0
    assert given_up(slate) == ()


def test_a_non_personal_shelf_keeps_the_cap_and_explores_nothing() -> None:
    slate = make_slate(*terms(9), quotas={})
    shelf = arrange_public(slate.situation, np.ones(9, dtype=np.bool_))
    assert shelf.rows["public"] == [0, 1]
    assert shelf.draws == {}
