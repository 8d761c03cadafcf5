"""Samples of values are their moments; what cannot be is refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.inference.sample import CovariateSample, RatioSample, Sample

CLICKS, SEEN = [1.0, 0.0, 2.0, 3.0], [4.0, 2.0, 5.0, 9.0]


def test_a_sample_holds_count_mean_and_variance() -> None:
    assert Sample.of([1, 2, 3, 6]) == Sample(4, 3.0, 14 / 3)
    assert Sample.of(np.array([True, False])) == Sample(2, 0.5, 0.5)


def test_few_customers_have_no_variance() -> None:
    assert Sample.of([]) == Sample(0, 0.0, 0.0)
    assert Sample.of([7.0]) == Sample(1, 7.0, 0.0)
    assert RatioSample.of([7.0], [2.0]) == RatioSample(1, 7.0, 0.0, 2.0, 0.0, 0.0)


def test_the_linear_values_of_a_ratio_have_it_as_mean_and_the_variance_of_the_values_themselves() -> None:
    num, den = np.array(CLICKS), np.array(SEEN)
    ratio = num.sum() / den.sum()
    values = ratio + (num - ratio * den) / den.mean()
    linear, by_hand = RatioSample.of(CLICKS, SEEN).linear(), Sample.of(values)
    assert (linear.n, linear.mean, linear.var) == pytest.approx((4, ratio, by_hand.var))
    assert by_hand.mean == pytest.approx(ratio)


def test_a_ratio_without_denominators_is_nobodys() -> None:
    assert RatioSample.of([0.0, 0.0], [0.0, 0.0]).linear() == Sample(0, 0.0, 0.0)
    assert RatioSample(0, 0.0, 0.0, 0.0, 0.0, 0.0).linear() == Sample(0, 0.0, 0.0)


def test_the_linear_values_of_a_covariate_are_the_adjusted_ones() -> None:
    before = np.array(SEEN)
    linear = CovariateSample.of(CLICKS, SEEN).linear(0.3, 2.0)
    by_hand = Sample.of(np.array(CLICKS) - 0.3 * (before - 2.0))
    assert (linear.n, linear.mean, linear.var) == pytest.approx((by_hand.n, by_hand.mean, by_hand.var))
    assert CovariateSample.of(CLICKS, SEEN).plain() == Sample.of(CLICKS)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((10, float("nan"), 1.0), "mean"),
        ((10, 1.0, float("nan")), "var"),
        ((10, 1.0, -1.0), "var"),
        ((-1, 1.0, 1.0), "n"),
        ((float("nan"), 1.0, 1.0), "n"),
        ((2.5, 1.0, 1.0), "n"),
        ((10, float("inf"), 1.0), "mean"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: tuple[float, float, float], named: str) -> None:
    with pytest.raises(ValueError, match=rf"^{named}: must"):
        Sample(*given)  # type: ignore[arg-type]


def test_values_that_are_not_numbers_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^values: "):
        Sample.of([1.0, float("nan")])
    with pytest.raises(ValueError, match=r"^den: "):
        RatioSample.of([1.0, 2.0], [1.0, float("inf")])
    with pytest.raises(ValueError, match=r"^covariate: 1 numbers for 2 customers"):
        CovariateSample.of([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=r"^cov: "):
        RatioSample(10, 1.0, 1.0, 1.0, 1.0, float("nan"))
