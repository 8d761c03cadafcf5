"""What no policy can bring about, whatever its rules, the bank and the customer."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelf_rules.condition import Condition
from shelf_rules.decide import decide
from shelf_rules.decision import TIERS, Decision
from shelf_rules.facts import Gate, Query
from shelf_rules.firing import rows_of
from shelf_rules.gate import AT_ARRANGEMENT, BY_TIER, LAW, PASSED, gate
from shelf_rules.policy import Policy
from shelf_rules.policy_check import check_policy
from shelf_rules.policy_rules import Selection
from shelf_rules.regime import Regime
from shelf_rules.rule import CODES
from shelf_rules.situation import Situation
from tests.factories import make_regime
from tests.property.policies import PAGES, make_rules
from tests.property.worlds import World, make_random_gate, make_world

SEEDS = st.integers(0, 2**32 - 1)
MODES = ("personal", "personal", "personal", "nonpersonal", "holdout", "fallback")
EXAMPLES = 10_000


def make_ruled(seed: int, mode: str | None = None) -> World:
    """A random bank whose policy has rules; it need not be one that validates."""
    chance = np.random.default_rng([seed, 6])
    world = make_world(seed, mode or MODES[chance.integers(len(MODES))], products=30)  # type: ignore[arg-type]
    scene = [None, "travel", "medical"][chance.integers(3)]
    facts = replace(world.facts, query=Query("in_app", str(chance.choice(PAGES)), scene))
    return world._replace(facts=facts, policy=make_rules(chance, world.catalogue, world.policy))


def placed(decision: Decision) -> list[int]:
    return [slot.row for slot in (*decision.slots, *decision.public)]


def by_law(world: World, decision: Decision) -> set[int]:
    """The rows that the law alone withholds, asked without any policy; what hangs on the tier is left out."""
    situation = Situation(world.facts, world.catalogue, replace(Policy(), eligibility=()), world.regime)
    lawful = {CODES.index(code) for code in LAW if code not in AT_ARRANGEMENT | BY_TIER}
    codes = gate(situation)
    return {row for row in range(len(codes)) if codes[row] in lawful}


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEEDS)
def test_no_policy_shows_what_is_withheld_twice_or_beyond_its_quotas(seed: int) -> None:
    world = make_ruled(seed)
    decision = decide(*world)
    rows = placed(decision)
    assert len(set(rows)) == len(rows)
    assert all(decision.codes is not None and decision.codes[row] == PASSED for row in rows)
    assert not by_law(world, decision) & set(rows)
    _keeps_its_slots(world, decision)
    _keeps_its_rules(world, decision)


def _keeps_its_slots(world: World, decision: Decision) -> None:
    place = world.policy.placements.get(world.facts.query.placement)
    slots = world.policy.arrangement.slots if place is None else place.slots
    assert len(placed(decision)) <= slots
    cards = quota = 0
    for tier in TIERS:
        own = [slot.slot for slot in decision.slots if slot.tier == tier]
        assert own == list(range(1, len(own) + 1))
        cards, quota = cards + len(own), quota + decision.quotas.get(tier, 0)
        assert cards <= quota, "slots flow to later tiers, never to earlier ones"


def _keeps_its_rules(world: World, decision: Decision) -> None:
    fired = [rule for rule in world.policy.rules if rule.name in decision.rules]
    for rule in fired:
        if rule.then.withhold is not None and "policy_rule" in world.policy.eligibility:
            assert not rows_of(world.catalogue, rule.then.withhold)[placed(decision)].any()
        if rule.then.cap is not None and "policy_cap" not in decision.relaxed:
            tier = rule.then.cap.tier
            counted = [slot.row for slot in (*decision.slots, *decision.public) if tier in (None, slot.tier)]
            assert rows_of(world.catalogue, rule.then.cap.select)[counted].sum() <= rule.then.cap.at_most
        if rule.then.tasks is False and all(one.then.tasks is not True for one in fired):
            assert all(slot.task is None for slot in decision.slots)
    # The spread is a share of the cards there are: a shelf that stays short may miss it without having given it up.
    assert set(decision.relaxed) <= {"spread", *world.policy.arrangement.relax}
    if decision.categories is not None:
        fixed = [int(world.catalogue.category[slot.row]) for slot in decision.slots if slot.tier == "fixed"]
        assert all(decision.categories.tier[category] == "fixed" for category in fixed)


@settings(max_examples=300)
@given(SEEDS)
def test_a_policy_with_rules_decides_the_same_way_twice(seed: int) -> None:
    first, again = decide(*make_ruled(seed)), decide(*make_ruled(seed))
    assert (first.slots, first.public, first.rules) == (again.slots, again.public, again.rules)


@settings(max_examples=500)
@given(SEEDS, st.sampled_from(["nonpersonal", "holdout"]))
def test_a_shelf_that_is_not_personal_fires_the_same_rules_for_everybody(seed: int, mode: str) -> None:
    world = make_ruled(seed, mode)
    other = replace(world.facts, gate=make_random_gate(np.random.default_rng(seed + 1), len(world.catalogue)))
    assert decide(*world).rules == decide(other, *world[1:]).rules


@settings(max_examples=300)
@given(SEEDS)
def test_a_rule_that_matches_nobody_changes_nothing(seed: int) -> None:
    world = make_ruled(seed)
    nobody = tuple(
        replace(rule, when=Condition(all=(rule.when, Condition(channel=("x",))))) for rule in world.policy.rules
    )
    without = decide(world.facts, world.catalogue, replace(world.policy, rules=()), world.regime)
    silent = decide(world.facts, world.catalogue, replace(world.policy, rules=nobody), world.regime)
    assert (silent.slots, silent.public, silent.rules) == (without.slots, without.public, ())


def test_many_of_these_policies_would_be_accepted() -> None:
    """Else the properties would say little of policies that validate; the others must not raise either."""
    accepted = sum(not list(check_policy(make_ruled(seed).policy)) for seed in range(400))
    assert accepted > 100


def test_no_condition_and_no_selection_can_name_a_forbidden_feature() -> None:
    regime: Regime = make_regime()
    names = {each.name for kind in (Condition, Selection, Gate) for each in fields(kind)}
    forbidden = {
        "performance_benchmark",
        "past_performance",
        "expected_yield",
        "commission",
        "gender",
        "marital_status",
    }
    forbidden |= {"education", "ethnicity", "religion", "health", "yield"}
    assert not names & forbidden
    assert regime.name


@pytest.mark.parametrize("mode", ["nonpersonal", "holdout", "fallback"])
def test_no_rule_puts_a_card_into_a_tier_of_a_shelf_that_is_not_personal(mode: str) -> None:
    for seed in range(150):
        assert not decide(*make_ruled(seed, mode)).slots
