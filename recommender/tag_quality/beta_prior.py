"""The beta prior of a share, from the hits and trials of many customers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, psi

from recommender.training_data import Floats

STRONGEST = 50.0
EXACT = {"ftol": 1e-15, "gtol": 1e-10}
WIDEST = 12.0


def beta_prior(hits: Floats, n: Floats, strongest: float = STRONGEST) -> tuple[float, float]:
    """Beta(a, b) by maximum likelihood of the beta-binomial; a + b is capped at `strongest`, the mean then kept.

    Raises ValueError without a single trial.
    """
    tried = n > 0
    if not tried.any():
        raise ValueError("no trials: nothing to fit a prior to")
    pairs, counts = np.unique(np.column_stack([hits[tried], n[tried]]), axis=0, return_counts=True)
    x, m, weight = pairs[:, 0], pairs[:, 1], counts / counts.sum()

    def loss(logs: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        a, b = np.exp(logs)
        together = psi(a + b) - psi(a + b + m)
        slopes = np.array([a * (psi(a + x) - psi(a) + together), b * (psi(b + m - x) - psi(b) + together)])
        return float(-(weight @ (betaln(a + x, b + m - x) - betaln(a, b)))), -(slopes @ weight)

    found = minimize(
        loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", options=EXACT, bounds=[(-WIDEST, WIDEST)] * 2
    )
    a, b = np.exp(found.x)
    scale = min(1.0, strongest / (a + b))
    return float(a * scale), float(b * scale)
