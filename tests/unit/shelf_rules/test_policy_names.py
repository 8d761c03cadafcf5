"""What a policy may name at a bank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.facts import TagTable
from shelf_rules.policy import Policy
from shelf_rules.policy_load import load_policy
from shelf_rules.policy_names import check_names, forbidden_feature
from tests.factories import make_catalogue, make_product, make_regime

CATALOGUE = make_catalogue(make_product("fund-a", "fund.bond"), make_product("depo-a"))


def make_tags(*codes: str) -> TagTable:
    none, one = np.full(len(codes), -1), np.ones(len(codes))
    quality = np.ones((len(codes), 3))
    return TagTable("t1", codes, none, none, one, one, one, quality, (frozenset(),) * len(codes))


def faults(document: dict[str, Any], *codes: str) -> dict[str, str]:
    return dict(check_names(load_policy(document), CATALOGUE, make_tags(*codes), make_regime()))


def make_rule(**parts: Any) -> dict[str, Any]:
    return {"rules": [{"name": "r", "then": {"tasks": False}, **parts}]}


def test_the_default_policy_names_what_every_bank_has() -> None:
    assert list(check_names(Policy(), CATALOGUE, None, make_regime())) == []


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (make_rule(then={"pin": {"product": "fund-z"}}), "rules[0].then.pin.product"),
        (make_rule(then={"withhold": {"products": ["depo-a", "x"]}}), "rules[0].then.withhold.products[1]"),
        (
            make_rule(then={"boost": {"select": {"categories": ["fund"]}, "by": 0.1}}),
            "rules[0].then.boost.select.categories[0]",
        ),
        (
            make_rule(then={"bury": {"select": {"zones": ["fund.bond"]}, "by": 0.1}}),
            "rules[0].then.bury.select.zones[0]",
        ),
        (make_rule(then={"cap": {"select": {"zones": ["x"]}, "at_most": 1}}), "rules[0].then.cap.select.zones[0]"),
        (make_rule(when={"held": ["x"]}), "rules[0].when.held[0]"),
        (make_rule(when={"all": [{"not": {"held": ["x"]}}]}), "rules[0].when.all[0].not.held[0]"),
        (make_rule(when={"any": [{"bought": {"about": ["x"]}}]}), "rules[0].when.any[0].bought.about[0]"),
        (make_rule(when={"did": {"kinds": ["search"], "about": ["x"]}}), "rules[0].when.did.about[0]"),
        (make_rule(when={"tag": {"tag": "pref.x"}}), "rules[0].when.tag.tag"),
        ({"segments": [{"name": "s", "when": {"held": ["x"]}}]}, "segments[0].when.held[0]"),
        ({"placements": {"wallet": {"select": {"zones": ["x"]}}}}, "placements.wallet.select.zones[0]"),
        ({"campaigns": [{"key": "k", "products": ["x"]}]}, "campaigns[0].products[0]"),
        ({"scenes": {"play": {"categories": ["x"]}}}, "scenes.play.categories[0]"),
        ({"wallet": {"shares": {"bank": {"x": 0.5}}}}, "wallet.shares.bank.x"),
    ],
)
def test_what_the_bank_does_not_have_is_told_where_it_is_named(document: dict[str, Any], path: str) -> None:
    assert list(faults(document)) == [path]


def test_categories_and_zones_may_stand_for_each_other_where_customers_are_asked_about() -> None:
    assert faults(make_rule(when={"held": ["fund", "fund.bond"], "bought": {"about": ["deposit"]}})) == {}


def test_a_product_that_the_same_rule_withholds_by_its_zone_cannot_be_pinned() -> None:
    told = faults(make_rule(then={"pin": {"product": "fund-a"}, "withhold": {"zones": ["fund"]}}))
    assert list(told) == ["rules[0].then.pin.product"]
    assert faults(make_rule(then={"pin": {"product": "fund-a"}, "withhold": {"zones": ["deposit"]}})) == {}


@pytest.mark.parametrize(
    ("tag", "feature"),
    [
        ("attr.gender.female", "gender"),
        ("FEMALE_25_34", "gender"),
        ("客户-女性", "gender"),
        ("marital_status.married", "marital_status"),
        ("已婚有房", "marital_status"),
        ("education:bachelor", "education"),
        ("religion", "religion"),
        ("health.diabetic", "health"),
        ("commission.high", "commission"),
    ],
)
def test_a_tag_about_what_the_law_forbids_is_refused_though_the_bank_has_it(tag: str, feature: str) -> None:
    told = faults(make_rule(when={"not": {"tag": {"tag": tag, "affinity": {"below": 0.5}}}}), tag)
    assert told == {
        "rules[0].when.not.tag.tag": f"the law forbids shelves by {feature}, which '{tag}' is about: "
        "write another condition"
    }


@pytest.mark.parametrize("tag", ["pref.ins.health", "inst.education", "pref.fund", "healthy-saver", "commissioned"])
def test_a_liking_for_a_category_is_no_personal_feature(tag: str) -> None:
    assert forbidden_feature(tag, make_regime()) is None
    assert faults(make_rule(when={"tag": {"tag": tag}}), tag) == {}


def test_another_law_may_allow_what_this_one_forbids() -> None:
    assert forbidden_feature("attr.gender.female", make_regime(ranking_forbidden=frozenset())) is None


def test_a_thousand_unknown_products_are_told_quickly_and_all() -> None:
    products = [f"unknown-{number}" for number in range(1000)]
    assert len(faults(make_rule(then={"withhold": {"products": products}}))) == 1000
