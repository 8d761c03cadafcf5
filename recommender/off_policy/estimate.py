"""The value of a policy with an interval whose unit is the customer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from recommender.off_policy.support import effective_sample_size
from recommender.training_data import Floats, Ints

ALPHA = 0.05


class Estimate(NamedTuple):
    """A mean reward, its standard error, and the interval at level 1 - alpha; nan where it cannot be said."""

    value: float
    se: float
    low: float
    high: float


def clustered(value: float, influence: Floats, customer: Ints, degrees: float, alpha: float = ALPHA) -> Estimate:
    """The estimate whose error is the sum of `influence` [rows], independent between customers only.

    The linearised variance G / (G - 1) · Σ (Σ of a customer)² over G customers, with a quantile of Student's t.
    """
    _, number = np.unique(customer, return_inverse=True)
    groups = int(number.max(initial=-1)) + 1
    if groups < 2 or degrees <= 0:
        return Estimate(value, np.nan, np.nan, np.nan)
    sums = np.bincount(number, weights=influence, minlength=groups)
    se = float(np.sqrt(groups / (groups - 1) * (sums @ sums)))
    half = se * float(stdtrit(degrees, 1 - alpha / 2))
    return Estimate(value, se, value - half, value + half)


def degrees_of(weights: Floats, customer: Ints) -> float:
    """Degrees of freedom: customers, or the effective sample size where that is smaller, less one."""
    _, number = np.unique(customer, return_inverse=True)
    by_customer: Floats = np.bincount(number, weights=weights).astype(np.float64)
    return effective_sample_size(by_customer) - 1
