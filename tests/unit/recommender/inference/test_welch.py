"""Welch's test by hand, against scipy, and what does not change it."""

from __future__ import annotations

from math import isfinite, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recommender.inference.estimate import Estimate
from recommender.inference.sample import Sample
from recommender.inference.welch import welch
from tests.unit.recommender.inference.samples import ANY_SAMPLES, MEANS, SAMPLES, moved


def test_two_samples_of_two_by_hand() -> None:
    """Means 1 and 3, squared errors 1 and 1, so t = √2 on 2 degrees: p = 1 - t / √(t² + 2) = 1 - √½."""
    found = welch(Sample(2, 1.0, 2.0), Sample(2, 3.0, 2.0))
    half = sqrt(2) * 4.302652729911275  # Student's 97.5 % point on 2 degrees
    assert (found.diff, found.low, found.high) == pytest.approx((2.0, 2 - half, 2 + half))
    assert found.p == pytest.approx(1 - sqrt(0.5))
    assert found.relative == 2.0


def test_random_aggregates_agree_with_scipy() -> None:
    rng = np.random.default_rng(3)
    for _ in range(1_000):
        n, m = (int(one) for one in rng.integers(2, 100_000, 2))
        (mean, other), (var, spread) = rng.lognormal(0, 1, 2), rng.lognormal(0, 2, 2)
        found = welch(Sample(n, mean, var), Sample(m, other, spread))
        theirs = stats.ttest_ind_from_stats(other, sqrt(spread), m, mean, sqrt(var), n, equal_var=False)
        assert found.p == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-12)


@given(SAMPLES, SAMPLES, MEANS)
def test_moving_both_arms_moves_nothing_but_the_values(control: Sample, treatment: Sample, by: float) -> None:
    before, after = welch(control, treatment), welch(moved(control, by), moved(treatment, by))
    tolerance = 1e-6 * (1 + abs(by) + abs(control.mean) + abs(treatment.mean))
    assert (after.low, after.high) == pytest.approx((before.low, before.high), rel=1e-9, abs=tolerance)


@given(SAMPLES, SAMPLES, st.floats(1e-3, 1e3))
def test_another_unit_changes_neither_p_nor_the_relative_interval(
    control: Sample, treatment: Sample, times: float
) -> None:
    before, after = welch(control, treatment), welch(moved(control, 0, times), moved(treatment, 0, times))
    assert after.p == pytest.approx(before.p, rel=1e-6, abs=1e-9)
    assert (after.relative is None) == (before.relative is None)
    if before.relative_low is not None:
        assert after.relative_low == pytest.approx(before.relative_low, rel=1e-6, abs=1e-9)
    assert after.diff == pytest.approx((before.diff or 0.0) * times, rel=1e-9, abs=1e-9)


@given(SAMPLES, SAMPLES)
def test_exchanged_arms_turn_the_interval_round(control: Sample, treatment: Sample) -> None:
    one, other = welch(control, treatment), welch(treatment, control)
    assert one.p == pytest.approx(other.p, rel=1e-9)
    assert other.low is not None
    assert other.high is not None
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), rel=1e-9, abs=1e-12)


@given(ANY_SAMPLES, ANY_SAMPLES)
def test_whatever_it_is_given_nothing_is_nan(control: Sample, treatment: Sample) -> None:
    found = welch(control, treatment)
    values = [getattr(found, name) for name in Estimate.__slots__]
    assert all(value is None or isfinite(value) for value in values)
    assert found.p is None or 0 <= found.p <= 1


def test_what_cannot_be_said_is_none() -> None:
    assert welch(Sample(0, 0.0, 0.0), Sample(0, 0.0, 0.0)) == Estimate()
    assert welch(Sample(0, 0.0, 0.0), Sample(9, 2.0, 1.0)) == Estimate(treatment=2.0)
    assert welch(Sample(1, 1.0, 0.0), Sample(9, 2.0, 1.0)) == Estimate(1.0, 2.0, 1.0, relative=1.0)
    assert welch(Sample(9, 1.0, 0.0), Sample(9, 2.0, 0.0)) == Estimate(1.0, 2.0, 1.0, relative=1.0)
    assert welch(Sample(9, 0.0, 1.0), Sample(9, 2.0, 1.0)).relative is None
    assert welch(Sample(9, 1.0, 1.0), Sample(9, -2.0, 1.0)).relative_low is None


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan"), -0.1])
def test_an_impossible_alpha_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match=r"^alpha: must"):
        welch(Sample(9, 1.0, 1.0), Sample(9, 1.0, 1.0), alpha)
