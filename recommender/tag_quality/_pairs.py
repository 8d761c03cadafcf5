"""How much of each tag the other tags tell already."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality.redundancy import redundancy
from recommender.training_data import Bools, Floats


def redundancies(carried: Bools) -> Floats:
    """The largest normalised mutual information of each tag with another one, from [customers, tags]; 0 alone."""
    customers, tags = carried.shape
    if tags < 2 or not customers:
        return np.zeros(tags)
    members = carried.astype(np.float32)
    both = np.asarray(members.T @ members, dtype=np.float64)  # counts below 2**24 are exact
    size = np.diag(both)
    only, other = size[:, None] - both, size[None, :] - both
    told = redundancy(both, only, other, customers - both - only - other)
    np.fill_diagonal(told, 0.0)
    return np.asarray(told.max(axis=1))
