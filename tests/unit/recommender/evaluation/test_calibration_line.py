"""Slope and intercept of what happened on what was predicted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from recommender.evaluation.calibration_error import Entries
from recommender.evaluation.calibration_line import CalibrationLine

CHANCES = np.linspace(0.02, 0.9, 12)
COUNT = np.full(12, 1_000.0)


def line(probability: list[float], hits: list[float], count: list[float]) -> CalibrationLine | None:
    groups = (np.array(count), np.array(probability) * np.array(count), np.array(hits))
    return CalibrationLine.of(Entries(*groups))


def test_probabilities_that_hold_have_slope_1_and_intercept_0() -> None:
    found = CalibrationLine.of(Entries(COUNT, COUNT * CHANCES, COUNT * CHANCES))
    assert found is not None
    assert (found.slope, found.intercept) == (pytest.approx(1, abs=1e-8), pytest.approx(0, abs=1e-8))


@given(st.floats(-0.5, 3.0), st.floats(-3.0, 3.0))
def test_a_line_that_hits_follow_is_found(slope: float, intercept: float) -> None:
    hits = COUNT * expit(intercept + slope * logit(CHANCES))
    found = CalibrationLine.of(Entries(COUNT, COUNT * CHANCES, hits))
    assert found is not None
    assert (found.slope, found.intercept) == (pytest.approx(slope, abs=1e-6), pytest.approx(intercept, abs=1e-6))


def test_two_groups_lie_on_their_line_by_hand() -> None:
    # .2 happened as .5 and .8 as .8: from (-log 4, 0) to (log 4, log 4).
    found = line([0.2, 0.8], [50, 80], [100, 100])
    assert found is not None
    assert (found.slope, found.intercept) == (pytest.approx(0.5), pytest.approx(np.log(2)))


def test_entries_of_probability_0_say_nothing_of_the_line() -> None:
    with_zero = line([0.0, 0.2, 0.8], [3, 50, 80], [1_000, 100, 100])
    assert with_zero is not None
    assert with_zero.slope == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("probability", "hits", "count"),
    [
        ([], [], []),
        ([0.0], [1], [9]),
        ([0.2, 0.4], [0, 0], [9, 9]),
        ([0.2, 0.4], [9, 9], [9, 9]),
        ([0.2], [3], [9]),
        ([0.2, 0.4], [0, 9], [9, 9]),  # cleanly apart: the steeper the likelier
    ],
)
def test_where_nothing_says_what_the_line_is_there_is_none(
    probability: list[float], hits: list[float], count: list[float]
) -> None:
    assert line(probability, hits, count) is None


def test_entries_of_rankings_of_one_have_the_spread_of_a_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.6, 40_000)
    hit = rng.random(40_000) < p
    found = CalibrationLine.of(Entries(np.ones(40_000), p, hit.astype(np.float64)))
    assert found is not None
    usual = np.sqrt(np.diag(np.linalg.inv(found.hessian)))
    assert found.spread(p, hit, np.arange(40_000)) == pytest.approx(tuple(usual[::-1]), rel=0.03)


def test_the_same_entry_twice_in_a_ranking_is_not_twice_as_sure() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.6, 2_000)
    hit = rng.random(2_000) < p
    once = CalibrationLine.of(Entries(np.ones(2_000), p, hit.astype(np.float64)))
    twice = CalibrationLine.of(Entries(np.full(2_000, 2.0), 2 * p, 2.0 * hit))
    assert once is not None
    assert twice is not None
    ranking = np.arange(2_000)
    assert twice.spread(np.repeat(p, 2), np.repeat(hit, 2), np.repeat(ranking, 2)) == pytest.approx(
        once.spread(p, hit, ranking)
    )
