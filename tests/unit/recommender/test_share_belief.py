"""What is believed of a share lies between 0 and 1, and is right in the mean of all shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.tag_quality._levels import Z95
from recommender.tag_quality._share_belief import SHARES, STEPS, share_belief

FLAT = (0.5, 1 / 12)


def told(estimate: float, error: float) -> tuple[float, float, float]:
    """Of one estimate whose error is the same whatever the share, where before every share was as likely."""
    mean, low, high = share_belief(np.array([estimate]), np.full((1, STEPS), error**2), *FLAT)
    return float(mean[0]), float(low[0]), float(high[0])


def test_where_every_share_was_as_likely_the_estimate_stands() -> None:
    mean, low, high = told(0.4, 0.05)
    assert mean == pytest.approx(0.4, abs=1e-6)
    assert (low, high) == pytest.approx((0.4 - 0.05 * Z95, 0.4 + 0.05 * Z95), abs=1e-3)


@pytest.mark.parametrize("beyond", [1.0, 1.3])
def test_an_estimate_at_the_edge_or_beyond_is_believed_inside(beyond: float) -> None:
    mean, low, high = told(beyond, 0.2)
    assert low < mean < high < 1
    assert (1 - mean, 1 - high, 1 - low) == pytest.approx(told(1 - beyond, 0.2), abs=1e-9)


def test_beliefs_are_right_in_the_mean_and_intervals_cover_where_errors_hang_on_the_share() -> None:
    rng = np.random.default_rng(3)
    true = rng.beta(2.0, 1.0, 5_000)
    seen = true + (0.02 + 0.2 * true) * rng.standard_normal(len(true))
    variance = np.broadcast_to((0.02 + 0.2 * SHARES) ** 2, (len(true), STEPS))
    mean, low, high = share_belief(seen, variance, 2 / 3, 1 / 18)
    assert mean.mean() == pytest.approx(true.mean(), abs=0.005)
    assert mean[seen > 1].mean() == pytest.approx(true[seen > 1].mean(), abs=0.01)
    assert ((low <= true) & (true <= high)).mean() == pytest.approx(0.95, abs=0.01)


@given(st.floats(-2, 3), st.floats(0.001, 2.0))
def test_the_mean_lies_in_the_interval_and_the_interval_between_0_and_1(estimate: float, error: float) -> None:
    mean, low, high = told(estimate, error)
    assert 0 <= low <= mean <= high <= 1


def test_the_unknown_stays_unknown() -> None:
    assert np.isnan(told(float("nan"), 0.1)).all()
