"""The two packages that may not import each other mean the same by what both write down."""

from __future__ import annotations

from recommender.profile import state
from shelf_rules import evidence, facts, wallet


def test_kinds_and_counterparties_have_the_same_numbers() -> None:
    assert facts.EVENT_KINDS == state.EVENT_KINDS
    assert facts.COUNTERPARTIES == state.COUNTERPARTIES


def test_a_formula_reads_as_far_back_as_the_state_keeps() -> None:
    assert wallet.FLOW_WEEKS == state.FLOW_WEEKS
    assert evidence.INTENT_DAYS == state.INTENT_DAYS
