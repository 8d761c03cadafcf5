"""The BG/NBD model of repeat purchases with drop-out, fitted by maximum likelihood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from recommender.training_data import Floats, Ints

REPEATERS_NEEDED = 200
START = np.log([1.0, 1.0, 1.0, 2.0])  # r, α in units of the mean age, a, b
WIDEST = 7.0  # how far a logarithm may go from 0: beyond e^7 the data say nothing about a parameter


def fit_bgnbd(repeats: Ints, last: Ints, age: Ints) -> Floats:
    """r, α (days), a, b; nan with fewer than 200 customers who came back or where no maximum is found.

    `repeats` purchases after the first, `last` the time of the last one and `age` of the customer, both in days since
    the first. Source: Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way, equation 6.
    """
    if np.count_nonzero(repeats) < REPEATERS_NEEDED:
        return np.full(4, np.nan)
    unit = max(float(age.mean()), 1.0)
    rows, count = np.unique(np.column_stack([repeats, last, age]), axis=0, return_counts=True)
    columns = (rows[:, 0].astype(np.float64), rows[:, 1] / unit, rows[:, 2] / unit, count.astype(np.float64))
    found = minimize(
        negative_log_likelihood, START, args=columns, jac=True, method="L-BFGS-B", bounds=[(-WIDEST, WIDEST)] * 4
    )
    fitted = np.exp(found.x) * np.array([1.0, unit, 1.0, 1.0])
    return fitted if np.isfinite(found.fun) else np.full(4, np.nan)


def negative_log_likelihood(
    logs: NDArray[np.float64], x: Floats, last: Floats, age: Floats, count: Floats
) -> tuple[float, NDArray[np.float64]]:
    """−log L per customer and its gradient in log r, log α, log a, log b; `count` customers share a history."""
    r, alpha, a, b = np.exp(logs)
    again = x > 0
    after_age, after_last = np.log(alpha + age), np.log(alpha + last)
    alive = -(r + x) * after_age
    gone = np.where(again, np.log(a) - np.log(b + np.maximum(x, 1.0) - 1) - (r + x) * after_last, -np.inf)
    likelihood = (
        gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        + np.logaddexp(alive, gone)
    )  # fmt: skip
    p = np.exp(gone - np.logaddexp(alive, gone))  # P(dropped out | history)
    together = psi(a + b) - psi(a + b + x)
    slopes = np.array(
        [
            r * (psi(r + x) - psi(r) + np.log(alpha) - (1 - p) * after_age - p * after_last),
            r - alpha * (r + x) * ((1 - p) / (alpha + age) + p / (alpha + last)),
            a * together + p,
            b * (together + psi(b + x) - psi(b) - p / (b + np.maximum(x, 1.0) - 1)),
        ]
    )
    total = count.sum()
    return float(-(likelihood @ count) / total), -(slopes @ count) / total
