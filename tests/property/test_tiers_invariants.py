"""What tiers, order and reasons keep for every customer (domain model §20)."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.assignment import assign, quota
from shelf_rules.evidence import Evidence, gather_evidence
from shelf_rules.facts import Facts, Past
from shelf_rules.lifecycle import at_risk, overlay, stage, wake_up
from shelf_rules.policy import Policy
from shelf_rules.ranking._order import order, rank
from shelf_rules.reasons import reason, tier_parts
from shelf_rules.situation import FIXED, NO_TIER, TRANSFERABLE, Situation
from shelf_rules.tiers.fixed import fixed
from shelf_rules.tiers.migratable import migratable
from shelf_rules.tiers.transferable import transferable
from tests.factories import TODAY, make_records, make_regime, make_situation
from tests.property.pasts import PRODUCTS, busy_catalogue, make_busy_facts

SEEDS = st.integers(0, 2**32 - 1)
POLICY = Policy()
TIERS = ("fixed", "migratable", "transferable")


def gather(facts: Facts) -> Evidence:
    return gather_evidence(facts, busy_catalogue(), POLICY, make_regime())


def decided(seed: int, facts: Facts | None = None) -> Situation:
    """The situation after tiers are assigned; some products do not pass the gate."""
    facts = facts or make_busy_facts(seed)
    situation = make_situation(catalogue=busy_catalogue(), facts=facts, evidence=gather(facts))
    situation.eligible = np.random.default_rng(seed).random(PRODUCTS) < 0.8
    situation.tiers = {
        "fixed": fixed(situation),
        "migratable": migratable(situation),
        "transferable": transferable(situation),
    }
    situation.stage, situation.overlay = stage(situation), overlay(situation)
    situation.tier = assign(situation)
    return situation


def shuffled(past: Past, seed: int) -> Past:
    chance = np.random.default_rng(seed)
    records = {
        field.name: chance.permutation(rows)
        for field in fields(past)
        if isinstance(rows := getattr(past, field.name), np.ndarray)
    }
    return replace(past, **records)


def columns(evidence: Evidence) -> dict[str, bytes]:
    values = {field.name: getattr(evidence, field.name) for field in fields(evidence)}
    return {name: value.tobytes() if isinstance(value, np.ndarray) else repr(value) for name, value in values.items()}


@given(SEEDS)
def test_every_score_lies_between_nothing_and_all(seed: int) -> None:
    situation = decided(seed)
    for evidence in situation.tiers.values():
        assert ((evidence.score >= 0) & (evidence.score <= 1)).all()
    assert ((situation.weighed().share >= 0) & (situation.weighed().share <= 1)).all()


@given(SEEDS)
def test_every_category_stands_in_exactly_one_tier_or_none(seed: int) -> None:
    situation = decided(seed)
    assert situation.tier is not None
    assert situation.tier.shape == (len(busy_catalogue().categories),)
    assert set(situation.tier.tolist()) <= {NO_TIER, 1, 2, 3}
    open_to = set(busy_catalogue().category[situation.eligible].tolist())
    assert set(np.flatnonzero(situation.tier).tolist()) <= open_to
    most = POLICY.transferable.per_slot * quota(situation).transferable
    assert (situation.tier == TRANSFERABLE).sum() <= most


@given(SEEDS)
def test_a_published_tier_stays_while_its_evidence_does(seed: int) -> None:
    facts = make_busy_facts(seed)
    assert facts.past is not None
    first = decided(seed, replace(facts, past=replace(facts.past, previous=())))
    assert first.tier is not None
    names = (None, *TIERS)
    published = tuple((c, names[tier]) for c, tier in enumerate(first.tier.tolist()) if tier)
    again = decided(seed, replace(facts, past=replace(facts.past, previous=published)))
    assert again.tier is not None
    assert again.tier.tolist() == first.tier.tolist()


@given(SEEDS)
def test_the_order_of_arrival_changes_no_bit(seed: int) -> None:
    facts = make_busy_facts(seed)
    assert facts.past is not None
    mixed = replace(facts, past=shuffled(facts.past, seed))
    assert columns(gather(mixed)) == columns(gather(facts))
    one, other = decided(seed, facts), decided(seed, mixed)
    rows = np.arange(PRODUCTS)
    for tier in TIERS:
        assert one.tiers[tier].score.tobytes() == other.tiers[tier].score.tobytes()
        assert rank(one, tier, rows)[0].tobytes() == rank(other, tier, rows)[0].tobytes()


@given(SEEDS)
def test_what_lies_ahead_changes_nothing(seed: int) -> None:
    facts = make_busy_facts(seed)
    past = facts.past
    assert past is not None
    until_today = replace(
        past,
        purchases=past.purchases[past.purchases["day"] <= TODAY],
        spells=past.spells[past.spells["opened"] <= TODAY],
        intent=past.intent[past.intent["day"] <= TODAY],
        flows=past.flows[past.flows["week"] <= (TODAY + 3) // 7],
        heads=make_records(past.heads.dtype),
    )
    ahead = replace(past, heads=until_today.heads)
    assert columns(gather(replace(facts, past=until_today))) == columns(gather(replace(facts, past=ahead)))


@given(SEEDS)
def test_terms_are_shares_and_scores_sum_their_parts(seed: int) -> None:
    situation, rows = decided(seed), np.arange(PRODUCTS)
    for tier in TIERS:
        scores, parts = rank(situation, tier, rows)
        weights = POLICY.ranking[tier]
        assert scores == pytest.approx(sum(parts.values()))
        for name, column in parts.items():
            assert ((column >= 0) & (column <= getattr(weights, name) + 1e-12)).all()


@given(SEEDS)
def test_the_order_puts_no_worse_score_first_and_loses_nothing(seed: int) -> None:
    situation, rows = decided(seed), np.arange(PRODUCTS)
    scores, _ = rank(situation, "migratable", rows)
    placed = order(situation, rows, scores)
    assert sorted(placed.tolist()) == rows.tolist()
    keys = [
        (-scores[at], -situation.facts.scores.popularity[at], situation.catalogue.product_ids[at])
        for at in placed.tolist()
    ]
    assert keys == sorted(keys)


@given(SEEDS)
def test_the_reason_is_an_overlay_or_the_largest_component(seed: int) -> None:
    situation = decided(seed)
    assert situation.tier is not None
    for row in range(PRODUCTS):
        category = int(situation.catalogue.category[row])
        number = int(situation.tier[category])
        if number == NO_TIER:
            continue
        tier = TIERS[number - FIXED]
        _, columns_of = rank(situation, tier, np.array([row]))
        parts = {name: column.item() for name, column in columns_of.items()}
        code = reason(situation, tier, row, parts)
        if wake_up(situation, category):
            assert code == "wake_up"
        elif at_risk(situation, category):
            assert code == "at_risk"
        else:
            shares = {"tag": parts["tag"] - POLICY.ranking[tier].tag / 2, "popular": parts["popularity"]}
            inner = tier_parts(situation, tier, category)
            own = max(inner, key=lambda name: inner[name])
            shares["similar_customers"] = parts["cf"]
            shares[own] = max(shares.get(own, 0.0), parts["tier_score"])
            assert shares[code] == pytest.approx(max(shares.values()))
