"""What was before takes variance away and leaves the effect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.inference.cuped import cuped
from recommender.inference.sample import CovariateSample, Sample
from recommender.inference.welch import welch


def _drawn(seed: int, effect: float) -> tuple[CovariateSample, CovariateSample]:
    rng = np.random.default_rng(seed)
    arms = []
    for lift in (0.0, effect):
        before = rng.normal(10, 2, 2_000)
        arms.append(CovariateSample.of(0.8 * before + rng.normal(lift, 1, 2_000), before))
    return arms[0], arms[1]


def test_theta_is_the_slope_of_all_customers_together() -> None:
    rng = np.random.default_rng(1)
    before, values = rng.normal(size=50), rng.normal(size=50)
    arms = [CovariateSample.of(values[part], before[part]) for part in (slice(0, 20), slice(20, 50))]
    covariance = np.cov(values, before)
    assert cuped(arms[0], arms[1]).theta == pytest.approx(covariance[0, 1] / covariance[1, 1])


def test_a_good_covariate_leaves_one_minus_its_squared_correlation() -> None:
    found = cuped(*_drawn(2, 0.1))
    assert found.variance_left == pytest.approx(1 / (1 + 1.6**2), rel=0.05)
    assert found.estimate.low is not None
    assert found.estimate.low < 0.1 < (found.estimate.high or 0.0)


def test_the_adjusted_samples_are_what_was_tested() -> None:
    found = cuped(*_drawn(3, 0.2))
    assert welch(*found.samples) == found.estimate


@given(st.floats(-1e3, 1e3))
def test_where_the_covariate_begins_does_not_matter(by: float) -> None:
    control, treatment = _drawn(4, 0.1)
    there = [
        CovariateSample(one.n, one.mean, one.var, one.cov_mean + by, one.cov_var, one.cov)
        for one in (control, treatment)
    ]
    assert cuped(there[0], there[1]).estimate.diff == pytest.approx(cuped(control, treatment).estimate.diff, abs=1e-9)


def test_a_covariate_without_spread_changes_nothing() -> None:
    control, treatment = (CovariateSample(9, mean, 2.0, 5.0, 0.0, 0.0) for mean in (1.0, 2.0))
    found = cuped(control, treatment)
    assert (found.theta, found.variance_left) == (0.0, 1.0)
    assert found.estimate == welch(Sample(9, 1.0, 2.0), Sample(9, 2.0, 2.0))


def test_values_without_spread_have_no_variance_left_to_speak_of() -> None:
    none = CovariateSample(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert cuped(none, none).variance_left is None
    assert cuped(none, none).estimate.diff is None
