"""The sequence by hand, what does not change it, and what it costs."""

from __future__ import annotations

from math import isfinite, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.inference.confidence_sequence import Bounds, confidence_sequence
from recommender.inference.sample import Sample
from recommender.inference.welch import welch
from tests.unit.recommender.inference.samples import ANY_SAMPLES, MEANS, SAMPLES, moved


def test_the_half_width_by_hand() -> None:
    found = confidence_sequence(Sample(50, 1.0, 2.0), Sample(50, 1.0, 2.0), n_star=100)
    time = -2 * log(0.05) + log(1 - 2 * log(0.05))  # n·ρ² where n is n_star
    half = sqrt(2 / 50 + 2 / 50) * sqrt(2 * (time + 1) / time * log(sqrt(time + 1) / 0.05))
    assert (found.diff, found.low, found.high, found.p) == pytest.approx((0.0, -half, half, 1.0))


@given(st.builds(Sample, n=st.integers(100, 10**7), mean=MEANS, var=st.floats(1e-3, 1e6)), MEANS)
def test_it_holds_the_centre_of_the_interval_at_the_end_and_all_of_it(control: Sample, by: float) -> None:
    treatment = moved(control, by)
    sequence, at_end = confidence_sequence(control, treatment), welch(control, treatment)
    assert sequence.low is not None
    assert sequence.high is not None
    assert at_end.low is not None
    assert at_end.high is not None
    assert sequence.low <= at_end.low <= (at_end.diff or 0.0) <= at_end.high <= sequence.high


@given(SAMPLES, SAMPLES, st.sampled_from([100, 5_000, 10**6]))
def test_p_is_below_alpha_just_where_the_interval_leaves_zero_out(
    control: Sample, treatment: Sample, n_star: int
) -> None:
    found = confidence_sequence(control, treatment, 0.05, n_star)
    assert found.p is not None
    assert found.low is not None
    assert found.high is not None
    if abs(found.p - 0.05) > 1e-9:
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)


@given(SAMPLES, SAMPLES, st.floats(1e-3, 1e3))
def test_exchanged_arms_and_another_unit_say_the_same(control: Sample, treatment: Sample, times: float) -> None:
    one, other = confidence_sequence(control, treatment), confidence_sequence(treatment, control)
    assert (one.p, one.low) == pytest.approx((other.p, -(other.high or 0.0)), rel=1e-9, abs=1e-12)
    scaled = confidence_sequence(moved(control, 0, times), moved(treatment, 0, times))
    assert scaled.p == pytest.approx(one.p, rel=1e-6, abs=1e-9)
    assert scaled.high == pytest.approx((one.high or 0.0) * times, rel=1e-6, abs=1e-6 * times)


@given(ANY_SAMPLES, ANY_SAMPLES)
def test_whatever_it_is_given_nothing_is_nan(control: Sample, treatment: Sample) -> None:
    found = confidence_sequence(control, treatment)
    assert all(value is None or isfinite(value) for value in (found.diff, found.low, found.high, found.p))


def test_what_cannot_be_said_is_none() -> None:
    assert confidence_sequence(Sample(1, 1.0, 0.0), Sample(9, 3.0, 1.0)) == Bounds(2.0, None, None, None)
    assert confidence_sequence(Sample(9, 1.0, 0.0), Sample(9, 3.0, 0.0)) == Bounds(2.0, None, None, None)
    assert confidence_sequence(Sample(0, 0.0, 0.0), Sample(9, 3.0, 1.0)) == Bounds(None, None, None, None)


def test_a_senseless_n_star_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^n_star: must"):
        confidence_sequence(Sample(9, 1.0, 1.0), Sample(9, 1.0, 1.0), n_star=0)
