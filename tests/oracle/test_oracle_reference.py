"""The oracle's formulas against the reference implementation of the domain model."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.oracle import evidence, future
from tests.oracle.oracle.history import History, Purchase
from tests.oracle.oracle.spells import Spell
from tests.oracle.oracle.tables import INTENT_WEIGHTS
from tests.oracle.oracle.verdict import Score, tier_of

PATH = Path(__file__).resolve().parents[3] / "shared" / "reference" / "domain_ref.py"
TODAY = 1000
DAYS = st.integers(0, TODAY)
UNIT = st.floats(0, 1)
POSITIVE = st.floats(0.01, 500)
KINDS = sorted(INTENT_WEIGHTS.keys() - {"task_done"})
TIERS = st.sampled_from([None, "fixed", "migratable", "transferable"])


def _load() -> ModuleType | None:
    spec = importlib.util.spec_from_file_location("domain_ref", PATH)
    if spec is None or spec.loader is None or not PATH.exists():
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFERENCE: Any = _load()
pytestmark = pytest.mark.skipif(REFERENCE is None, reason="the reference implementation is not beside the repository")


@given(st.lists(st.tuples(DAYS, st.sampled_from([0.0, 0.3, 1.0])), max_size=20), st.floats(30, 720))
def test_occasions_and_repeats_are_those_of_the_reference(bought: list[tuple[int, float]], half_life: float) -> None:
    mine = evidence.occasions([Purchase(day, weight) for day, weight in bought])
    days, weights = [day for day, _ in bought], [weight for _, weight in bought]
    theirs = REFERENCE.occasions(days, [0.0] * len(days), weights, 3)
    assert mine == [(day, weight) for day, _, weight in theirs]
    expected = REFERENCE.effective_repeats(theirs, TODAY, half_life)
    assert evidence.effective_repeats(mine, TODAY, half_life) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.tuples(DAYS, st.none() | st.integers(0, 400)), max_size=12), st.floats(30, 720))
def test_the_holding_share_is_that_of_the_reference(spells: list[tuple[int, int | None]], half_life: float) -> None:
    mine = [Spell("P", day, None if length is None else min(day + length, TODAY), None, None) for day, length in spells]
    theirs = [(day, None if length is None else day + length) for day, length in spells]
    expected = REFERENCE.holding_share(theirs, TODAY, half_life)
    assert evidence.holding_share(mine, TODAY, half_life) == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 40), st.floats(0, 500), st.floats(0, 500), st.tuples(POSITIVE, POSITIVE, POSITIVE, POSITIVE))
def test_alive_is_that_of_the_reference(repeats: int, last: float, quiet: float, fit: tuple[float, ...]) -> None:
    assert evidence.p_alive(repeats, last, last + quiet, fit) == pytest.approx(
        REFERENCE.p_alive(repeats, last, last + quiet, *fit), abs=1e-12
    )


@given(
    st.lists(st.tuples(st.integers(TODAY - 120, TODAY), st.sampled_from(KINDS), st.sampled_from("abc")), max_size=20)
)
def test_intent_is_that_of_the_reference(events: list[tuple[int, str, str]]) -> None:
    rows = [{"age": TODAY - day, "kind": kind, "session": session} for day, kind, session in events]
    mine = evidence.intent(History(TODAY, intent={"c": rows}), "c")
    assert mine == pytest.approx(REFERENCE.intent(events, TODAY), abs=1e-12)


@given(UNIT, UNIT, UNIT, UNIT)
def test_the_scores_are_those_of_the_reference(one: float, two: float, three: float, four: float) -> None:
    fixed = evidence.fixed_score(5 * one, two, three, four)
    assert fixed == pytest.approx(REFERENCE.fixed_score(5 * one, two, three, four), abs=1e-12)
    migratable = evidence.migratable_score(one, two, three)
    assert migratable == pytest.approx(REFERENCE.migratable_score(one, two, three), abs=1e-12)
    assert evidence.wallet_gap(1e5 * one, 1e5 * two) == pytest.approx(REFERENCE.wallet_gap(1e5 * one, 1e5 * two))
    assert future.pool((one, two, three)) == pytest.approx(REFERENCE.log_pool([one, two, three]), abs=1e-12)
    assert future.hit_probability(one / 100) == pytest.approx(REFERENCE.hit_probability(one / 100), abs=1e-12)


@given(st.tuples(UNIT, UNIT, UNIT), st.booleans(), st.booleans(), TIERS)
def test_the_tier_is_that_of_the_reference(
    scores: tuple[float, float, float], past: bool, present: bool, before: str | None
) -> None:
    fixed, migratable, transferable = scores
    score = Score({}, fixed, migratable, (past, past), (present, present), transferable)
    expected = REFERENCE.assign_tier(*scores, past, present, True, before)
    assert tier_of(score, before) == expected
