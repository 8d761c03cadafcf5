"""What is known of the customers of one arm: a count, means, variances and a covariance.

Variances and covariances are those of a sample (divided by n - 1) and 0 for fewer than two customers; means are 0 for
none. ValueError names the number that is not finite or has a sign that it cannot have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recommender.inference._checked import at_least_zero, count, finite

Values = Sequence[float] | NDArray[np.floating] | NDArray[np.integer] | NDArray[np.bool_]
"""One number a customer, [n]."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number a customer: conversions, funds, holding days."""

    n: int
    mean: float
    var: float

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def of(cls, values: Values) -> Sample:
        """The sample of `values`, [n]."""
        return cls(len(values), *_moments("values", values))


@dataclass(frozen=True, slots=True)
class RatioSample:
    """Two numbers a customer whose totals are divided: clicks (num) of impressions (den)."""

    n: int
    num_mean: float
    num_var: float
    den_mean: float
    den_var: float
    cov: float

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def of(cls, num: Values, den: Values) -> RatioSample:
        """The sample of `num` and `den`, [n] each."""
        return cls(len(num), *_moments("num", num), *_moments("den", den), _covariance("den", num, den))

    def linear(self) -> Sample:
        """One number a customer with the ratio r as mean: r + (num - r·den) / mean den (delta method).

        No customer at all where the denominators are 0 on the average: there is no ratio to speak of.
        """
        if self.n == 0 or self.den_mean == 0:
            return Sample(0, 0.0, 0.0)
        ratio = self.num_mean / self.den_mean
        var = self.num_var - 2 * ratio * self.cov + ratio * ratio * self.den_var
        return Sample(self.n, ratio, max(var / self.den_mean / self.den_mean, 0.0))


@dataclass(frozen=True, slots=True)
class CovariateSample:
    """One number a customer, and another from before the experiment."""

    n: int
    mean: float
    var: float
    cov_mean: float
    cov_var: float
    cov: float

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def of(cls, values: Values, covariate: Values) -> CovariateSample:
        """The sample of `values` and what was before them, [n] each."""
        both = (*_moments("values", values), *_moments("covariate", covariate))
        return cls(len(values), *both, _covariance("covariate", values, covariate))

    def plain(self) -> Sample:
        """The sample without its covariate."""
        return Sample(self.n, self.mean, self.var)

    def linear(self, theta: float, centre: float) -> Sample:
        """The sample of value - theta·(covariate - centre) (CUPED)."""
        mean = self.mean - theta * (self.cov_mean - centre)
        return Sample(self.n, mean, max(self.var - 2 * theta * self.cov + theta * theta * self.cov_var, 0.0))


def _check(sample: Sample | RatioSample | CovariateSample) -> None:
    for one in fields(sample):
        value = getattr(sample, one.name)
        if one.name == "n":
            count("n", value)
        elif one.name.endswith("var"):
            at_least_zero(one.name, value)
        else:
            finite(one.name, value)


def _moments(name: str, values: Values) -> tuple[float, float]:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError(f"{name}: must be finite numbers, one a customer")
    mean = float(numbers.mean()) if len(numbers) else 0.0
    return mean, float(numbers.var(ddof=1)) if len(numbers) > 1 else 0.0


def _covariance(name: str, values: Values, others: Values) -> float:
    if len(values) != len(others):
        raise ValueError(f"{name}: {len(others)} numbers for {len(values)} customers")
    if len(values) < 2:
        return 0.0
    one, other = (np.asarray(numbers, dtype=np.float64) for numbers in (values, others))
    return float((one - one.mean()) @ (other - other.mean()) / (len(one) - 1))
