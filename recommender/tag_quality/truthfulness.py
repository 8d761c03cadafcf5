"""Truthfulness of a tag: does its customer buy again what it claims?"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc

from recommender.training_data import Floats


def truthfulness(
    hits: Floats | float, n: Floats | float, *, a: Floats | float, b: Floats | float, theta0: Floats | float
) -> Floats:
    """P(θ > θ0 | x, n) under a Beta(a, b) prior, in [0, 1]; `hits` of `n` weighted occasions, 0 ≤ hits ≤ n.

    θ0 is the rate of comparable customers without the tag, raised by δ (domain.md §11).
    """
    return np.asarray(1 - betainc(a + hits, b + n - np.asarray(hits), theta0), dtype=np.float64)
