"""The same list for everybody: what was bought most, ever or lately."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.training_data import Bools, Floats, Ints


def popularity(known: Known, *, days: int | None = None) -> Score:
    """Purchases before the time, with `days` only those of so many last days."""
    counts = known.popularity if days is None else known.popularity_since(days)

    def score(customers: Ints, _eligible: Bools | None = None) -> Floats:
        return np.broadcast_to(counts, (len(customers), len(counts)))

    return score
