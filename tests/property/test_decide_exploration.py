"""Propensities of the exploration slot, whatever the bank and the customer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import fsum
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelf_rules.decide import decide
from shelf_rules.policy_rules import Exploration
from tests.property.worlds import make_world

FLOOR = 0.05
DRAWN = {"fixed": Exploration(), "migratable": Exploration(), "transferable": Exploration(1, 0.5)}
GRID = [(step + 0.5) / 60 for step in range(60)]  # finer than the floor: whatever can be drawn is drawn


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_over_all_that_can_be_drawn_the_probabilities_sum_to_one(seed: int) -> None:
    world = make_world(seed)
    arrangement = replace(world.policy.arrangement, explore=DRAWN, explore_floor=FLOOR)
    policy = replace(world.policy, arrangement=arrangement)
    chances: dict[int, float] = {}
    drawn: Counter[int] = Counter()
    best: set[int] = set()
    for chance in GRID:
        with patch("shelf_rules.arrangement.explore.uniform", return_value=chance):
            decision = decide(world.facts, world.catalogue, policy, world.regime)
        for slot in [slot for slot in decision.slots if slot.tier == "transferable"][-1:]:
            assert chances.setdefault(slot.row, slot.propensity) == slot.propensity
            drawn[slot.row] += 1
            best |= set() if slot.explored else {slot.row}
    if chances:
        assert fsum(chances.values()) == pytest.approx(1.0)
        assert len(best) == 1
        assert chances[best.pop()] == max(chances.values())
        for row, chance in chances.items():
            assert chance >= FLOOR
            assert abs(drawn[row] / len(GRID) - chance) <= 1 / len(GRID)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_every_drawn_card_stands_where_its_draw_says_with_the_chance_that_it_states(seed: int) -> None:
    world = make_world(seed)
    explored = {"fixed": Exploration(), "migratable": Exploration(1, 0.4), "transferable": Exploration(2, 0.5)}
    policy = replace(world.policy, arrangement=replace(world.policy.arrangement, explore=explored))
    decision = decide(world.facts, world.catalogue, policy, world.regime)
    cards = {(slot.tier, slot.slot): slot for slot in decision.slots}
    for draw in decision.draws:
        assert fsum(draw.chances) == pytest.approx(1.0)
        card = cards.get((draw.tier, draw.slot))
        assert card is None or (card.row, card.propensity) == (draw.row, draw.chances[draw.rows.index(draw.row)])
    told = {(draw.tier, draw.slot) for draw in decision.draws}
    assert {place for place, card in cards.items() if card.explored or card.propensity < 1} <= told
    same = {(draw.tier, draw.slot): draw.row for draw in decision.draws}
    again = decide(world.facts, world.catalogue, policy, world.regime, given=same)
    assert (again.slots, again.public, again.draws) == (decision.slots, decision.public, decision.draws)
