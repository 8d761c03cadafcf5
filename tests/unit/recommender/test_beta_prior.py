"""The beta prior by maximum likelihood."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.tag_quality.beta_prior import beta_prior


def test_it_finds_the_prior_that_made_the_data() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 6, 40_000)
    hits = rng.binomial(n, rng.beta(0.6, 3.4, len(n)))
    assert beta_prior(hits.astype(np.float64), n.astype(np.float64)) == pytest.approx((0.6, 3.4), rel=0.05)


def test_customers_without_trials_say_nothing() -> None:
    hits, n = np.array([1.0, 0, 2, 0]), np.array([2.0, 3, 2, 0])
    assert beta_prior(hits, n) == beta_prior(hits[:3], n[:3])
    with pytest.raises(ValueError, match="no trials"):
        beta_prior(np.zeros(2), np.zeros(2))


def test_the_strength_is_capped_and_the_mean_kept() -> None:
    hits, n = np.full(500, 5.0), np.full(500, 10.0)
    a, b = beta_prior(hits, n)
    assert a + b == pytest.approx(50)
    assert a / (a + b) == pytest.approx(0.5, abs=0.01)
