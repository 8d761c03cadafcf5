"""A tag is active while proved, watched after two weeks without proof, retired after four more, and proof revives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.tag_quality.tag_life import (
    ACTIVE,
    CANDIDATE,
    COUNTING,
    FEWEST_FOLLOWED,
    LEAST_COVERAGE,
    RETIRED,
    STATES,
    WATCH,
    Proof,
    TagLife,
)


def proof(day: int, low: float = 0.1, *, followed: float = 500, coverage: float = 0.02) -> Proof:
    return Proof(day, followed, low, 0.2, coverage)


def after(life: TagLife, *proofs: Proof) -> TagLife:
    for one in proofs:
        life = life.after(one)
    return life


@pytest.mark.parametrize(("days", "state"), [(0, ACTIVE), (13, ACTIVE), (14, WATCH), (41, WATCH), (42, RETIRED)])
def test_without_proof_a_tag_is_watched_after_two_weeks_and_retired_after_four_more(days: int, state: str) -> None:
    assert after(TagLife(ACTIVE), proof(100), proof(100 + days)) == (state, 100)


def test_a_bound_at_the_base_rate_is_no_proof() -> None:
    assert TagLife(ACTIVE).after(proof(5, 0.2)).unproved_since == 5
    assert TagLife(ACTIVE).after(proof(5, 0.2000001)).unproved_since is None


@pytest.mark.parametrize("state", STATES)
def test_proof_makes_a_tag_active_and_forgets_what_was_not_proved(state: str) -> None:
    assert TagLife(state, 3).after(proof(50, 0.3)) == (ACTIVE, None)


def test_one_good_week_starts_the_two_weeks_anew() -> None:
    assert after(TagLife(ACTIVE), proof(0), proof(13), proof(14, 0.3), proof(15), proof(28)) == (ACTIVE, 15)


@pytest.mark.parametrize("state", STATES)
def test_too_few_carriers_prove_nothing_and_are_held_against_nobody(state: str) -> None:
    few = FEWEST_FOLLOWED - 1
    assert after(TagLife(state, 1), proof(90, 0.3, followed=few), proof(99, followed=few)) == (state, 1)


def test_a_candidate_becomes_active_once_proved_on_enough_customers() -> None:
    assert TagLife(CANDIDATE).after(proof(9, 0.3, coverage=LEAST_COVERAGE)).state == ACTIVE
    assert TagLife(CANDIDATE).after(proof(9, 0.3, coverage=LEAST_COVERAGE / 2)).state == CANDIDATE
    assert after(TagLife(CANDIDATE), proof(0), proof(400)).state == CANDIDATE


proofs = st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1), st.sampled_from([0.0, 500.0])), max_size=30)


@given(proofs, st.sampled_from([ACTIVE, WATCH]))
def test_measuring_again_on_the_same_day_changes_nothing(steps: list[tuple[int, float, float]], state: str) -> None:
    day, life = 0, TagLife(state)
    for days, low, followed in steps:
        day += days
        one = proof(day, low, followed=followed)
        life = life.after(one)
        assert life.after(one) == life
        assert (life.state in COUNTING) or life.unproved_since is not None
