"""The gamma prior of a hazard, from the ended spells and the exit-possible days of many customers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from recommender.training_data import Floats

EXACT = {"ftol": 1e-15, "gtol": 1e-10}
NARROWEST, WIDEST = np.log(0.05), np.log(50.0)  # of the shape: how alike the customers may be


def gamma_prior(ended: Floats, exit_days: Floats) -> tuple[float, float]:
    """Gamma(a, b) of the daily hazard by maximum likelihood; one entry a customer, `exit_days` > 0 in one at least.

    Raises ValueError where nobody could leave on any day. Without a single end, half an end is assumed in all.
    """
    seen = exit_days > 0
    if not seen.any():
        raise ValueError("no day on which leaving was possible: nothing to fit a prior to")
    pairs, counts = np.unique(np.column_stack([ended[seen], exit_days[seen]]), axis=0, return_counts=True)
    e, days, weight = pairs[:, 0], pairs[:, 1], counts / counts.sum()
    if not e.any():
        return 1.0, float(2.0 * exit_days[seen].sum())
    scale = float(weight @ days) / float(weight @ e)  # mean days to an end: the prior is fitted in this unit

    def loss(logs: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        a, b = np.exp(logs)
        lived = b + days / scale
        value = a * np.log(b) - (a + e) * np.log(lived) + gammaln(a + e) - gammaln(a)
        slopes = np.array([a * (np.log(b / lived) + psi(a + e) - psi(a)), b * (a / b - (a + e) / lived)])
        return -float(weight @ value), -(slopes @ weight)

    bounds = [(NARROWEST, WIDEST), (NARROWEST - 5.0, WIDEST + 5.0)]
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", options=EXACT, bounds=bounds)
    a, b = np.exp(found.x)
    return float(a), float(b * scale)
