"""Histories with planted preferences, for judging what derived tags foresee."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Ints
from service.evaluation.derived_tags import Histories

CUT, END = 1_000, 1_500


def histories(customer: Ints, category: Ints, day: Ints, *, tags: int, customers: int) -> Histories:
    """What lies on day `CUT` or later is held back."""
    names = tuple(f"c{tag}" for tag in range(tags))
    return Histories(customers, names, customer, category, day, day >= CUT)


def planted(seed: int, customers: int = 4_000, tags: int = 4, strength: float = 4.0) -> Histories:
    """Every customer's own shares of the categories are Dirichlet, the same before and after the cut."""
    rng = np.random.default_rng(seed)
    mean = np.array([0.4, 0.3, 0.2, 0.1])[:tags]
    taste = rng.dirichlet(strength * mean / mean.sum(), customers)
    customer = np.repeat(np.arange(customers), rng.poisson(8, customers))
    category = (rng.random(len(customer))[:, None] > np.cumsum(taste, axis=1)[customer]).sum(axis=1)
    day = rng.integers(0, END, len(customer))
    return histories(customer, np.minimum(category, tags - 1), day, tags=tags, customers=customers)
