"""A shelf that is not personal reads no profile (domain model §17, §20.4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.gate import PASSED, gate
from shelf_rules.situation import Situation
from tests.property.worlds import make_random_gate, make_world

SEEDS = st.integers(0, 2**32 - 1)
MODES = st.sampled_from(["nonpersonal", "holdout", "fallback"])


def shown(decision: Decision) -> object:
    return decision.slots, decision.public, decision.withheld, decision.assessment, decision.stage, decision.overlay


@given(SEEDS, SEEDS)
def test_customers_from_whom_the_gate_withholds_the_same_see_the_same(seed: int, other: int) -> None:
    world = make_world(seed, "nonpersonal")
    facts = replace(world.facts, gate=make_random_gate(np.random.default_rng(other), len(world.catalogue)))
    bands = [gate(Situation(each, *world[1:])) == PASSED for each in (world.facts, facts)]
    if np.array_equal(*bands):
        assert decide(facts, *world[1:]).public == decide(*world).public


@given(SEEDS, MODES)
def test_scores_tags_peers_and_seed_are_not_read(seed: int, mode: str) -> None:
    world = make_world(seed, mode)  # type: ignore[arg-type]
    cf = np.arange(len(world.catalogue), dtype=np.float64)
    loaded = replace(world.facts, scores=replace(world.facts.scores, cf=cf), seed=world.facts.seed + 1)
    bare = replace(world.facts, scores=replace(world.facts.scores, cf=None), population=None, peers=None, tags=None)
    assert shown(decide(loaded, *world[1:])) == shown(decide(bare, *world[1:]))


@given(SEEDS, MODES)
def test_it_has_nothing_personal_on_it(seed: int, mode: str) -> None:
    decision = decide(*make_world(seed, mode))  # type: ignore[arg-type]
    assert decision.slots == ()
    assert (decision.stage, decision.overlay, decision.categories) == (None, None, None)
    for slot in decision.public:
        assert slot.reason in {"popular", "on_offer"}
        assert (slot.propensity, slot.explored, slot.task) == (1.0, False, None)
        assert slot.badge in {None, "new", "campaign"}


@given(SEEDS, MODES)
def test_zones_stand_in_the_order_of_the_taxonomy_and_in_each_the_popular_come_first(seed: int, mode: str) -> None:
    world = make_world(seed, mode)  # type: ignore[arg-type]
    popularity, rank = world.facts.scores.popularity, world.catalogue.id_rank
    rows = [slot.row for slot in decide(*world).public]
    assert rows == sorted(rows, key=lambda row: (world.catalogue.zone[row], -popularity[row], rank[row]))


@given(SEEDS)
def test_fallback_asks_nobody_for_an_assessment(seed: int) -> None:
    world = make_world(seed, "fallback")
    decision = decide(*world)
    assert not decision.assessment
    nobody = decide(replace(world.facts, mode="nonpersonal"), *world[1:])
    assert nobody.public == decision.public
    assert nobody.assessment == bool({"not_assessed", "assessment_expired"} & set(nobody.withheld))


def test_a_personal_shelf_without_a_past_is_a_mistake_of_the_caller() -> None:
    world = make_world(1)
    with pytest.raises(ValueError, match="past"):
        decide(replace(world.facts, past=None), *world[1:])
