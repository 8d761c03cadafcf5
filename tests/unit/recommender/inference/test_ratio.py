"""A ratio by customer: by hand, and honest where customers differ."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.inference.estimate import Estimate
from recommender.inference.ratio import ratio
from recommender.inference.sample import RatioSample, Sample
from recommender.inference.welch import welch


def test_a_denominator_of_one_is_a_plain_mean() -> None:
    control, treatment = RatioSample(100, 0.2, 0.16, 1.0, 0.0, 0.0), RatioSample(90, 0.3, 0.21, 1.0, 0.0, 0.0)
    assert ratio(control, treatment) == welch(Sample(100, 0.2, 0.16), Sample(90, 0.3, 0.21))


def test_the_variance_is_that_of_the_delta_method() -> None:
    """(var num - 2·r·cov + r²·var den) / den²: r = ½, (3 - 2·½·2 + ¼·4) / 16 = ⅛."""
    assert RatioSample(10, 2.0, 3.0, 4.0, 4.0, 2.0).linear() == Sample(10, 0.5, 0.125)


def test_numerators_that_follow_from_denominators_leave_no_spread() -> None:
    seen = np.array([1.0, 2.0, 5.0, 8.0])
    assert RatioSample.of(seen / 4, seen).linear().var == pytest.approx(0.0, abs=1e-15)


def test_a_denominator_that_is_never_above_zero_leaves_nothing_to_say() -> None:
    nobody, somebody = RatioSample(9, 0.0, 0.0, 0.0, 0.0, 0.0), RatioSample(9, 1.0, 1.0, 2.0, 1.0, 0.5)
    assert ratio(nobody, nobody) == Estimate()
    assert ratio(nobody, somebody) == Estimate(treatment=0.5)
