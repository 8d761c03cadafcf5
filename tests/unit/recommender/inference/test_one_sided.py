"""Harm beyond what is tolerated is found, and only that; either direction is the other's mirror."""

from __future__ import annotations

from math import exp, isfinite, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from recommender.inference._mixture import mixing_variance
from recommender.inference.one_sided import Breach, one_sided
from recommender.inference.sample import Sample
from tests.unit.recommender.inference.samples import ANY_SAMPLES, SAMPLES, moved


def test_p_is_one_over_the_integral_of_the_mixture() -> None:
    control, treatment = Sample(500, 1.0, 4.0), Sample(500, 1.5, 4.0)
    rho = sqrt(mixing_variance(0.1, 5_000))
    z = 0.4 / sqrt(4 / 500 + 4 / 500) * sqrt(1_000)  # S in units of the standard deviation, tolerance 0.1
    evidence, _ = quad(
        lambda bet: 2 / sqrt(2 * np.pi) / rho * exp(-bet * bet / (2 * rho * rho) + bet * z - bet * bet * 1_000 / 2),
        0,
        12 * rho,
        epsabs=1e-12,
    )
    assert one_sided(control, treatment, 0.1).p == pytest.approx(min(1.0, 1 / evidence), rel=1e-6)


@given(SAMPLES, SAMPLES, st.floats(0, 10))
def test_a_fall_is_the_mirror_of_a_rise(control: Sample, treatment: Sample, tolerance: float) -> None:
    rise = one_sided(control, treatment, tolerance)
    fall = one_sided(moved(control, 0, -1), moved(treatment, 0, -1), tolerance, "fall")
    assert (rise.p, rise.is_breached, -(rise.bound or 0.0)) == (fall.p, fall.is_breached, fall.bound or -0.0)


@given(SAMPLES, SAMPLES, st.floats(0, 10))
def test_it_is_breached_just_where_the_bound_is_past_what_is_tolerated(
    control: Sample, treatment: Sample, tolerance: float
) -> None:
    found = one_sided(control, treatment, tolerance)
    assert found.p is not None
    assert found.bound is not None
    if abs(found.p - 0.05) > 1e-6:
        assert found.is_breached == (found.bound > tolerance)


@given(SAMPLES, SAMPLES, st.floats(0, 10), st.floats(0, 10))
def test_more_tolerance_never_makes_a_breach(control: Sample, treatment: Sample, one: float, more: float) -> None:
    strict, loose = one_sided(control, treatment, one), one_sided(control, treatment, one + more)
    assert (strict.p or 0.0) <= (loose.p or 0.0)


@given(ANY_SAMPLES, ANY_SAMPLES)
def test_whatever_it_is_given_nothing_is_nan(control: Sample, treatment: Sample) -> None:
    found = one_sided(control, treatment, 0.5)
    assert all(value is None or isfinite(value) for value in (found.diff, found.bound, found.p))


def test_clear_harm_is_found_and_clear_gain_is_not() -> None:
    before, after = Sample(5_000, 0.02, 0.0196), Sample(5_000, 0.05, 0.0475)
    assert one_sided(before, after, 0.005).is_breached
    assert not one_sided(after, before, 0.005).is_breached
    assert one_sided(after, before, 0.005, "fall").is_breached


def test_at_the_edge_of_what_is_tolerated_28_looks_alarm_in_at_most_one_of_twenty() -> None:
    rng = np.random.default_rng(5)
    hits = rng.binomial(500, (0.05, 0.06), (600, 28, 2)).cumsum(axis=1)
    alarms = 0
    for run in hits:
        rates = [(500 * day, *(one / (500 * day))) for day, one in enumerate(run, start=1)]
        arms = [[Sample(n, rate, rate * (1 - rate)) for rate in both] for n, *both in rates]
        alarms += any(one_sided(control, treatment, 0.01).is_breached for control, treatment in arms)
    assert 0 < alarms <= 0.05 * 600


def test_what_cannot_be_said_is_no_breach() -> None:
    assert one_sided(Sample(1, 1.0, 0.0), Sample(9, 3.0, 1.0), 0.0) == Breach(2.0, None, is_breached=False, p=None)


def test_senseless_arguments_are_refused_by_name() -> None:
    arm = Sample(9, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"^tolerance: must"):
        one_sided(arm, arm, -0.1)
    with pytest.raises(ValueError, match=r"^tolerance: must"):
        one_sided(arm, arm, float("nan"))
    with pytest.raises(ValueError, match=r"^harm: must"):
        one_sided(arm, arm, 0.1, "sideways")  # type: ignore[arg-type]
