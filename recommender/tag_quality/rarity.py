"""Rarity of a tag among the customers."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats


def rarity(customers: Floats | float, tagged: Floats | float) -> Floats:
    """ln((N+1)/(n+1)) / ln(N+1) for `tagged` n of N > 0 `customers`: 1 for a tag of nobody, 0 for a tag of all."""
    everybody = np.log1p(customers)
    return np.asarray((everybody - np.log1p(tagged)) / everybody, dtype=np.float64)
