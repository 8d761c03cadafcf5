"""Which rules act, what they set, and which products they mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shelf_rules.condition import Condition
from shelf_rules.decide import decide
from shelf_rules.facts import Query
from shelf_rules.firing import fire, rows_of
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import (
    Exploration,
    Instant,
    Lift,
    Placement,
    Quota,
    RankWeights,
    Selection,
    ShelfRule,
    Then,
    Threshold,
)
from shelf_rules.situation import Situation
from tests.factories import (
    NOW_US,
    TODAY,
    make_catalogue,
    make_evidence,
    make_facts,
    make_gate,
    make_past,
    make_product,
    make_regime,
    make_situation,
)

PRODUCTS = (
    make_product("d", "deposit.term"),
    make_product("f", "fund.bond", risk_issuer=2),
    make_product("t", "inst.travel", scenes=("travel",)),
    make_product("w", "wealth.mixed", risk_issuer=3, scenes=("travel", "food")),
)
HERE, ELSEWHERE = Condition(channel=("in_app",)), Condition(channel=("branch",))


def make_fired(*rules: ShelfRule, policy: Policy | None = None, **fields: Any) -> Situation:
    situation = make_situation(*PRODUCTS, policy=replace(policy or Policy(), rules=rules), **fields)
    situation.evidence = make_evidence(situation.catalogue)
    situation.stage = "cultivation"
    fire(situation)
    return situation


def named(situation: Situation) -> list[str]:
    return [rule.name for rule in situation.fired]


def test_a_rule_acts_where_its_condition_holds() -> None:
    then = Then(tasks=False)
    rules = (ShelfRule("a", then, HERE), ShelfRule("b", then, ELSEWHERE), ShelfRule("c", then))
    assert named(make_fired(*rules)) == ["a", "c"]


@pytest.mark.parametrize(
    ("since", "until", "acts"),
    [
        (None, None, True),
        (NOW_US, None, True),
        (NOW_US + 1, None, False),
        (None, NOW_US + 1, True),
        (None, NOW_US, False),
        (NOW_US - 1, NOW_US + 1, True),
    ],
)
def test_a_rule_acts_from_its_first_instant_until_before_its_last(
    since: int | None,
    until: int | None,
    acts: bool,
) -> None:
    window = [None if each is None else Instant(each) for each in (since, until)]
    assert named(make_fired(ShelfRule("a", Then(tasks=False), HERE, *window))) == ["a"] * acts


def test_of_rules_that_set_the_same_the_first_counts() -> None:
    first = Then(quotas=Quota(1, 1, 1), thresholds={"fixed": Threshold(0.5, 0.4)}, tasks=False)
    second = Then(
        quotas=Quota(2, 2, 2),
        thresholds={"fixed": Threshold(0.9, 0.9), "migratable": Threshold(0.6, 0.5)},
        ranking={"fixed": RankWeights(1, 0, 0, 0)},
        explore={"migratable": Exploration(1, 0.3)},
        tasks=True,
    )
    left = make_fired(ShelfRule("a", first), ShelfRule("b", second)).policy
    assert set(left.quotas.values()) == {Quota(1, 1, 1)}
    assert left.thresholds["fixed"] == Threshold(0.5, 0.4)
    assert left.thresholds["migratable"] == Threshold(0.6, 0.5)
    assert left.thresholds["transferable"] == Policy().thresholds["transferable"]
    assert left.ranking["fixed"] == RankWeights(1, 0, 0, 0)
    assert left.arrangement.explore["migratable"] == Exploration(1, 0.3)
    assert left.arrangement.explore["transferable"] == Policy().arrangement.explore["transferable"]
    assert not left.tasks.offered


def test_a_policy_that_no_rule_changes_stays_the_same_object() -> None:
    policy = replace(Policy(), rules=(ShelfRule("a", Then(boost=Lift(Selection(), 0.1))),))
    situation = make_situation(*PRODUCTS, policy=policy)
    fire(situation)
    assert situation.policy is policy


def test_the_shelf_of_a_placement_has_its_own_slots_and_products() -> None:
    small = Placement(2, Quota(1, 1, 0), Selection(zones=("deposit", "fund")))
    policy = replace(Policy(), placements={"pay": small})
    catalogue = make_catalogue(*PRODUCTS)
    facts = make_facts(catalogue, query=Query("in_app", "pay"))
    decision = decide(facts, catalogue, policy, make_regime())
    assert len(decision.slots) + len(decision.public) <= 2
    assert decision.quotas == {"fixed": 1, "migratable": 1, "transferable": 0}
    assert decision.withheld_by == {"placement.pay": 2}
    assert {catalogue.product_ids[slot.row] for slot in decision.public} <= {"d", "f"}


def test_a_placement_that_the_policy_does_not_name_is_the_whole_shelf() -> None:
    assert make_fired(query=Query("in_app", "nowhere")).policy.arrangement.slots == Policy().arrangement.slots


@pytest.mark.parametrize(
    ("selection", "meant"),
    [
        (Selection(), "dftw"),
        (Selection(products=("f", "no_such")), "f"),
        (Selection(categories=("fund.bond", "inst.travel")), "ft"),
        (Selection(zones=("wealth", "deposit")), "dw"),
        (Selection(scenes=("travel",)), "tw"),
        (Selection(scenes=("travel",), zones=("wealth",)), "w"),
        (Selection(grades=(2, 3)), "fw"),
        (Selection(products=("d",), zones=("fund",)), ""),
        (Selection(categories=("no.such",)), ""),
        (Selection(scenes=("play",)), ""),
    ],
)
def test_a_selection_means_one_of_each_list(selection: Selection, meant: str) -> None:
    catalogue = make_catalogue(*PRODUCTS)
    assert "".join(catalogue.product_ids[row] for row in np.flatnonzero(rows_of(catalogue, selection))) == meant


def test_a_mask_is_worked_out_once_per_catalogue_and_cannot_be_written_to() -> None:
    catalogue = make_catalogue(*PRODUCTS)
    mask = rows_of(catalogue, Selection(zones=("fund",)))
    assert rows_of(catalogue, Selection(zones=("fund",))) is mask
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = True


def test_boosts_and_buries_add_up_in_the_order_inside_a_tier() -> None:
    funds, low = Selection(zones=("fund",)), Selection(grades=(2, 3))
    rules = (ShelfRule("a", Then(boost=Lift(funds, 0.3))), ShelfRule("b", Then(bury=Lift(low, 0.1))))
    assert make_fired(*rules).raised["rule"].tolist() == pytest.approx([0.0, 0.2, 0.0, -0.1])


def test_a_scene_raises_its_categories_and_the_products_linked_to_it() -> None:
    situation = make_fired(query=Query("in_app", "home", "travel"))
    assert situation.raised["scene"].tolist() == [0.0, 0.0, 0.2, 0.2]
    assert make_fired(query=Query()).raised == {}


def test_without_the_consent_to_scenes_the_page_raises_nothing() -> None:
    gate = make_gate(scopes=make_gate().scopes - {"scene"})
    assert make_fired(query=Query("in_app", "home", "travel"), gate=gate).raised == {}


def test_a_decision_names_the_segments_of_the_customer_and_the_rules_that_acted() -> None:
    catalogue = make_catalogue(*PRODUCTS)
    spells = [
        {"category": PRODUCTS[number].category, "product": number, "opened": TODAY - 9, "amount": amount}
        for number, amount in ((0, 90_000_000), (1, 20_000_000), (3, 1))
    ]
    facts = make_facts(catalogue, past=make_past(spells=spells, statement=True))
    rule = ShelfRule("hnw", Then(withhold=Selection(products=("t",))), Condition(segment=("high_net_worth",)))
    decision = decide(facts, catalogue, replace(Policy(), rules=(rule,)), make_regime())
    assert decision.segments == ("high_net_worth", "comprehensive", "wealth", "investment", "savings")
    assert decision.rules == ("hnw",)
    assert decision.withheld_by == {"hnw": 1}


def test_a_product_that_two_rules_withhold_counts_under_the_first_and_what_has_no_place_under_the_placement() -> None:
    rules = (
        ShelfRule("no_funds", Then(withhold=Selection(zones=("fund",)))),
        ShelfRule("no_third_grade", Then(withhold=Selection(products=("w", "f")))),
        ShelfRule("elsewhere", Then(withhold=Selection()), ELSEWHERE),
    )
    pay = Placement(3, Quota(1, 1, 1), Selection(products=("f", "t", "w")))
    policy = replace(Policy(), rules=rules, placements={"pay": pay})
    catalogue = make_catalogue(*PRODUCTS)
    decision = decide(make_facts(catalogue, query=Query("in_app", "pay")), catalogue, policy, make_regime())
    named = {name: [catalogue.product_ids[row] for row in rows] for name, rows in decision.rows_of_rule.items()}
    assert named == {"no_funds": ["f"], "no_third_grade": ["w"], "placement.pay": ["d"]}
    assert decision.withheld_by == {name: len(of) for name, of in named.items()}
