"""Welch's test of two means: variances may differ (Welch 1947), valid for one look at a planned end.

The relative interval is that of the logarithm of the quotient, with its own degrees of freedom, as in tea-tasting
1.14 (delta method).
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from recommender.inference._checked import between, sayable
from recommender.inference._spread import difference, standard_error
from recommender.inference.estimate import Estimate
from recommender.inference.sample import Sample


def welch(control: Sample, treatment: Sample, alpha: float = 0.05) -> Estimate:
    """Treatment - control, two-sided at `alpha`; ValueError: alpha is not between 0 and 1."""
    between("alpha", alpha)
    one, other = (sample.mean if sample.n else None for sample in (control, treatment))
    diff, error = difference(control, treatment), standard_error(control, treatment)
    relative, relative_low, relative_high = _relative(control, treatment, alpha)
    low, high, p = None, None, None
    if diff is not None and error is not None:
        degrees = _degrees(control.var / control.n, control.n, treatment.var / treatment.n, treatment.n)
        half = error * float(stdtrit(degrees, 1 - alpha / 2))
        low, high = sayable(diff - half), sayable(diff + half)
        p = sayable(2 * float(stdtr(degrees, -abs(diff) / error)))
    return Estimate(one, other, diff, low, high, p, relative, relative_low, relative_high)


def _degrees(one: float, n: int, other: float, m: int) -> float:
    """Welch and Satterthwaite, of squared standard errors with a sum above 0."""
    share = one / (one + other)
    return 1 / (share * share / (n - 1) + (1 - share) * (1 - share) / (m - 1))


def _relative(control: Sample, treatment: Sample, alpha: float) -> tuple[float | None, float | None, float | None]:
    if not min(control.n, treatment.n) or control.mean <= 0:
        return None, None, None
    quotient = sayable(treatment.mean / control.mean)
    if quotient is None:
        return None, None, None
    one, other = (_squared_error(sample) for sample in (control, treatment))
    if quotient <= 0 or min(control.n, treatment.n) < 2 or not 0 < one + other < np.inf:
        return quotient - 1, None, None
    half = sqrt(one + other) * float(stdtrit(_degrees(one, control.n, other, treatment.n), 1 - alpha / 2))
    with np.errstate(over="ignore"):
        low, high = np.expm1(log(quotient) - half), np.expm1(log(quotient) + half)
    return quotient - 1, sayable(low), sayable(high)


def _squared_error(sample: Sample) -> float:
    """Of the logarithm of the mean."""
    return sample.var / sample.n / sample.mean / sample.mean if sample.n and sample.mean else 0.0
