"""What every shelf keeps, for random banks, customers and policies (domain model §20)."""

from __future__ import annotations

from dataclasses import replace
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.decide import decide
from shelf_rules.decision import TIERS, Decision
from shelf_rules.gate import PASSED
from shelf_rules.rule import CODES
from tests.property.worlds import World, make_world

SEEDS = st.integers(0, 2**32 - 1)
MODES = st.sampled_from(["personal", "personal", "nonpersonal", "holdout", "fallback"])


def made(seed: int, mode: str = "personal") -> tuple[World, Decision]:
    world = make_world(seed, mode)  # type: ignore[arg-type]
    return world, decide(*world)


def rows_of(decision: Decision) -> list[int]:
    return [slot.row for slot in (*decision.slots, *decision.public)]


@given(SEEDS)
def test_no_product_stands_twice_and_no_category_in_two_tiers(seed: int) -> None:
    world, decision = made(seed)
    rows = rows_of(decision)
    assert len(set(rows)) == len(rows)
    placed = {(int(world.catalogue.category[slot.row]), slot.tier) for slot in decision.slots}
    assert len({category for category, _ in placed}) == len(placed)
    assert decision.categories is not None
    assert all(decision.categories.tier[category] == tier for category, tier in placed)


@given(MODES, SEEDS)
def test_every_card_passes_the_law(mode: str, seed: int) -> None:
    world, decision = made(seed, mode)
    (facts, catalogue, _, regime), gate = world, world.facts.gate
    valid = gate.capacity > 0 and gate.assessed_us is not None
    age_us = facts.now_us - (gate.assessed_us or 0)
    valid = valid and 0 <= age_us < regime.assessment_valid_days * 86_400_000_000
    for row in rows_of(decision):
        assert catalogue.on_shelf[row]
        assert not catalogue.private[row]
        assert catalogue.sale_from[row] <= facts.now_us < catalogue.sale_until[row]
        if catalogue.region_limited[row]:
            assert gate.region is not None
            assert catalogue.regions[gate.region][row]
        if catalogue.needs_assessment[row]:
            assert valid
            assert not catalogue.grade[row] or int(catalogue.grade[row]) in regime.grades[gate.capacity]
        if catalogue.needs_grade[row]:
            assert catalogue.grade[row]
        if catalogue.credit[row]:
            assert gate.credit_pass
            assert not gate.overdue
            assert not gate.fraud_flag


@given(MODES, SEEDS)
def test_no_loan_stands_in_the_zone_of_an_investment(mode: str, seed: int) -> None:
    world, decision = made(seed, mode)
    zones = [(int(world.catalogue.zone[row]), row) for row in rows_of(decision)]
    loans = {zone for zone, row in zones if world.catalogue.credit[row]}
    investments = {zone for zone, row in zones if world.catalogue.investment[row]}
    assert not loans & investments or not world.regime.loan_invest_separation


@given(MODES, SEEDS)
def test_caps_quotas_and_near_duplicates_hold_or_the_decision_says_what_was_given_up(mode: str, seed: int) -> None:
    world, decision = made(seed, mode)
    arrangement, catalogue = world.policy.arrangement, world.catalogue
    rows = rows_of(decision)
    assert len(rows) <= arrangement.slots
    for tier in (*TIERS, "public"):
        slots = [slot for slot in (*decision.slots, *decision.public) if slot.tier == tier]
        assert [slot.slot for slot in slots] == list(range(1, len(slots) + 1))
        counts = np.bincount(catalogue.category[[slot.row for slot in slots]]) if slots else np.zeros(1)
        assert counts.max() <= arrangement.category_cap or "category_cap" in decision.relaxed
    for end in range(1, len(TIERS) + 1):
        cards = sum(slot.tier in TIERS[:end] for slot in decision.slots)
        assert cards <= sum(decision.quotas.get(tier, 0) for tier in TIERS[:end])
    if "duplicate_of" in world.policy.eligibility:
        assert len(set(catalogue.twin[rows].tolist())) == len(rows)
        series = [number for number in catalogue.series[rows].tolist() if number >= 0]
        assert len(set(series)) == len(series)
    if rows and mode == "personal" and "spread" not in decision.relaxed:
        top = np.bincount(catalogue.category[rows]).max()
        assert len(rows) - top >= arrangement.outside_top_share * len(rows) - 1e-9


@given(MODES, SEEDS)
def test_a_card_is_withheld_by_no_rule_and_every_withheld_product_is_counted_once(mode: str, seed: int) -> None:
    _, decision = made(seed, mode)
    assert decision.codes is not None
    assert all(decision.codes[row] == PASSED for row in rows_of(decision))
    codes = decision.codes[decision.codes != PASSED].tolist()
    assert decision.withheld == {code: codes.count(CODES.index(code)) for code in CODES if CODES.index(code) in codes}


@given(SEEDS)
def test_slots_of_a_tier_stand_in_the_order_of_their_scores_but_for_what_was_drawn(seed: int) -> None:
    _, decision = made(seed)
    for tier in TIERS:
        slots = [slot for slot in decision.slots if slot.tier == tier]
        best_first = sorted(slots, key=lambda slot: -slot.score)
        assert [slot.row for slot in slots if not slot.explored] == [
            slot.row for slot in best_first if not slot.explored
        ]


@given(SEEDS)
def test_a_score_is_the_sum_of_its_parts(seed: int) -> None:
    _, decision = made(seed)
    for slot in decision.slots:
        assert fsum(slot.parts.values()) == pytest.approx(slot.score, abs=1e-8)


@given(SEEDS)
def test_the_reason_is_the_largest_component(seed: int) -> None:
    world, decision = made(seed)
    for slot in decision.slots:
        weights = world.policy.ranking[slot.tier]
        if slot.explored:
            assert slot.reason == "explore"
        elif slot.reason not in {"wake_up", "at_risk"}:
            evidence = max(slot.tier_parts, key=lambda code: round(slot.tier_parts[code], 9), default="")
            said = {
                "similar_customers": slot.parts["cf"],
                "tag": slot.parts["tag"] - weights.tag / 2,
                "popular": slot.parts["popularity"],
            }
            said[evidence] = max(slot.parts["tier_score"] if evidence else 0.0, said.get(evidence, 0.0))
            assert said[slot.reason] >= max(said.values()) - 1e-9


@given(SEEDS)
def test_every_card_has_a_propensity_and_only_the_last_transferable_slots_have_one_below_one(seed: int) -> None:
    world, decision = made(seed)
    transferable = [slot for slot in decision.slots if slot.tier == "transferable"]
    drawn = transferable[
        len(transferable) - min(len(transferable), world.policy.arrangement.explore["transferable"].slots) :
    ]
    for slot in (*decision.slots, *decision.public):
        assert 0 < slot.propensity <= 1 + 1e-12
        if slot not in drawn:
            assert slot.propensity == 1
            assert not slot.explored


@given(SEEDS)
def test_every_task_is_allowed_for_its_category_and_named_by_the_policy(seed: int) -> None:
    world, decision = made(seed)
    categories, tasks = world.catalogue.categories, world.policy.tasks
    offered = [slot for slot in decision.slots if slot.task is not None]
    assert len(offered) <= tasks.per_shelf
    for slot in offered:
        assert slot.task is not None
        number = categories.number[slot.task.category]
        assert number == world.catalogue.category[slot.row]
        assert slot.task.kind in world.regime.incentives[categories.zones[categories.zone[number]]]
        assert slot.task.kind in {"migratable": tasks.migratable, "transferable": tasks.transferable}[slot.tier]
    assert all(slot.task is None for slot in decision.public)


@given(MODES, SEEDS)
def test_the_same_facts_give_the_same_decision(mode: str, seed: int) -> None:
    first, again = made(seed, mode)[1], made(seed, mode)[1]
    assert (first.slots, first.public, first.withheld) == (again.slots, again.public, again.withheld)
    assert (first.quotas, first.relaxed, first.stage) == (again.quotas, again.relaxed, again.stage)


@given(SEEDS)
def test_the_seed_moves_nothing_but_the_exploration_slots(seed: int) -> None:
    world, decision = made(seed)
    other = decide(replace(world.facts, seed=world.facts.seed + 1), *world[1:])
    slots = world.policy.arrangement.explore["transferable"].slots
    cards = sum(slot.tier == "transferable" for slot in decision.slots)
    kept = [slot.row for slot in decision.slots][: len(decision.slots) - min(slots, cards)]
    assert [slot.row for slot in other.slots][: len(kept)] == kept
    assert [slot.row for slot in other.public] == [slot.row for slot in decision.public]
