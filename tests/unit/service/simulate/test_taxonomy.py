"""The table of categories is complete and consistent."""

from __future__ import annotations

from service.simulate.catalogue import EXITS, FORM, how_many
from service.simulate.taxonomy import CATEGORIES, INDEX, SUBSTITUTES, SUCCESSORS, ZONES
from service.simulate.yields import YIELDS


def test_there_are_fifty_four_public_categories_in_twelve_zones() -> None:
    public = [kind for kind in CATEGORIES if kind.zone != "trust_private"]
    assert len(public) == 54
    assert len({kind.zone for kind in public}) == 12
    assert len(INDEX) == len(CATEGORIES)
    assert set(ZONES) == {kind.zone for kind in CATEGORIES}


def test_every_category_has_known_forms_yields_and_regime() -> None:
    for kind in CATEGORIES:
        assert set(kind.forms) <= set(FORM)
        assert set(kind.forms) <= set(EXITS)
        assert kind.yield_kind in YIELDS
        assert kind.regime in {"nfra", "csrc", "insurance", "credit", "bank", "none"}
        assert bool(kind.terms) == bool({"term", "window", "loan"} & set(kind.forms))
        assert 0 < kind.interested < 1


def test_regimes_that_need_a_grade_have_one() -> None:
    for kind in CATEGORIES:
        assert bool(kind.grades) or kind.regime not in {"nfra", "csrc", "bank"}


def test_followers_are_categories_and_chances_are_below_one() -> None:
    for code, followers in [*SUBSTITUTES.items(), *SUCCESSORS.items()]:
        assert code in INDEX
        assert all(follower in INDEX and weight > 0 for follower, weight in followers)
    assert all(chance < 1 for followers in SUCCESSORS.values() for _, chance in followers)


def test_products_are_dealt_to_categories_by_weight_with_one_at_least() -> None:
    for total in (56, 60, 400, 5_000):
        counts = how_many(total)
        assert counts.sum() == total
        assert counts.min() >= 1
    assert how_many(10).sum() == 10
    assert how_many(400)[INDEX["wealth.fixed_income"]] > 30
