"""Products that a rule of the policy withholds."""

from __future__ import annotations

from dataclasses import replace

from shelf_rules.eligibility.policy_rule import policy_rule
from shelf_rules.facts import Query
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import Placement, Quota, Selection, ShelfRule, Then
from tests.factories import make_product, make_situation, withheld

PRODUCTS = [make_product(code, code) for code in ("fund.bond", "deposit.term", "pay.bill")]


def test_what_a_rule_that_acts_selects_is_withheld() -> None:
    rules = (
        ShelfRule("a", Then(withhold=Selection(zones=("fund",)))),
        ShelfRule("b", Then(withhold=Selection(products=("pay.bill",)))),
    )
    situation = make_situation(*PRODUCTS, fired=rules)
    assert withheld(policy_rule(situation), situation) == ["fund.bond", "pay.bill"]


def test_where_no_rule_acts_nothing_is_withheld() -> None:
    situation = make_situation(*PRODUCTS)
    assert policy_rule(situation) is situation.catalogue.no_rows


def test_a_placement_has_room_for_what_it_selects_alone() -> None:
    policy = replace(Policy(), placements={"pay": Placement(3, Quota(1, 1, 1), Selection(zones=("payment",)))})
    situation = make_situation(*PRODUCTS, policy=policy, query=Query("in_app", "pay"))
    assert withheld(policy_rule(situation), situation) == ["fund.bond", "deposit.term"]
