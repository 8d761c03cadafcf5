"""A tag is active while proved, watched after two weeks without proof, retired after four more, and proof revives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.tag_quality.tag_life import (
    ACTIVE,
    CANDIDATE,
    FEWEST_FOLLOWED,
    LEAST_COVERAGE,
    RETIRED,
    STATES,
    WATCH,
    Proof,
    TagLife,
)


def proof(day: int, bound: float = 0.1, *, followed: float = 500, coverage: float = 0.02) -> Proof:
    return Proof(day, followed, bound, 0.2, coverage)


def after(life: TagLife, *proofs: Proof) -> TagLife:
    for one in proofs:
        life = life.after(one)
    return life


@pytest.mark.parametrize(("days", "state"), [(0, ACTIVE), (13, ACTIVE), (14, WATCH), (41, WATCH), (42, RETIRED)])
def test_without_proof_a_tag_is_watched_after_two_weeks_and_retired_after_four_more(days: int, state: str) -> None:
    assert after(TagLife(ACTIVE), proof(100), proof(100 + days)).state == state


def test_a_bound_at_the_base_rate_proves_no_preference_and_refutes_no_aversion() -> None:
    at_base = proof(5, 0.2)
    assert not at_base.holds
    assert at_base._replace(aversion=True).holds
    everybody = Proof(5, 500, 0.9999999999999998, 1.0, 0.02, aversion=True)  # a bound as it is rounded
    assert everybody.holds


def test_proof_makes_a_tag_on_watch_active_at_once() -> None:
    assert TagLife(WATCH, 3).after(proof(50, 0.3)) == (ACTIVE, None)


def test_a_retired_tag_comes_back_after_two_weeks_of_proof_on_end() -> None:
    assert after(TagLife(RETIRED), proof(0, 0.3), proof(13, 0.3)) == (RETIRED, 0)
    assert after(TagLife(RETIRED), proof(0, 0.3), proof(14, 0.3)) == (ACTIVE, None)
    assert after(TagLife(RETIRED), proof(0, 0.3), proof(13), proof(14, 0.3)) == (RETIRED, 14)


def test_one_good_week_starts_the_two_weeks_anew() -> None:
    assert after(TagLife(ACTIVE), proof(0), proof(13), proof(14, 0.3), proof(15), proof(28)) == (ACTIVE, 15)


@pytest.mark.parametrize("state", STATES)
def test_too_few_carriers_or_nobody_to_compare_with_prove_nothing_and_are_held_against_nobody(state: str) -> None:
    few, alone = proof(90, 0.3, followed=FEWEST_FOLLOWED - 1), proof(99)._replace(base_rate=float("nan"))
    assert after(TagLife(state, 1), few, alone) == (state, None)
    assert after(TagLife(ACTIVE), proof(0), few, proof(400)) == (ACTIVE, 400)


def test_a_candidate_becomes_active_once_proved_on_enough_customers() -> None:
    assert TagLife(CANDIDATE).after(proof(9, 0.3, coverage=LEAST_COVERAGE)).state == ACTIVE
    assert TagLife(CANDIDATE).after(proof(9, 0.3, coverage=LEAST_COVERAGE / 2)).state == CANDIDATE
    assert after(TagLife(CANDIDATE), proof(0), proof(400)).state == CANDIDATE


@pytest.mark.parametrize(
    ("figures", "alarm"),
    [
        ({}, None),
        ({"psi": 0.25, "ece": 0.1}, None),
        ({"psi": 0.251}, "psi"),
        ({"ece": 0.101}, "ece"),
        ({"psi": 0.3, "ece": 0.3}, "psi"),
        ({"psi": float("nan"), "ece": float("nan")}, None),
    ],
)
def test_a_drift_or_a_calibration_error_beyond_its_bar_alarms_an_active_tag_and_no_other(
    figures: dict[str, float], alarm: str | None
) -> None:
    one = proof(9, 0.3)._replace(**figures)
    found = {state: TagLife(state).alarmed(one) for state in STATES}
    assert found == {CANDIDATE: None, ACTIVE: alarm, WATCH: None, RETIRED: None}


@pytest.mark.parametrize("state", STATES)
def test_an_alarm_changes_nothing_of_the_life_that_precision_gives(state: str) -> None:
    for one in (proof(50), proof(50, 0.3), proof(50, followed=0)):
        assert TagLife(state, 3).after(one._replace(psi=9.0, ece=0.9)) == TagLife(state, 3).after(one)


proofs = st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1), st.sampled_from([0.0, 500.0])), max_size=30)


@given(proofs, st.sampled_from(STATES))
def test_measuring_again_on_the_same_day_changes_nothing(steps: list[tuple[int, float, float]], state: str) -> None:
    day, life = 0, TagLife(state)
    for days, bound, followed in steps:
        day += days
        one = proof(day, bound, followed=followed)
        before, life = life.state, life.after(one)
        assert life.after(one) == life
        assert (before, life.state) not in {(CANDIDATE, WATCH), (CANDIDATE, RETIRED), (RETIRED, WATCH)}
