"""Every order equally likely."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.training_data import Bools, Floats, Ints


def random_order(known: Known, *, seed: int) -> Score:
    """Scores by chance; the same for the same seed and the same calls."""
    chance = np.random.default_rng(seed)

    def score(customers: Ints, _eligible: Bools | None = None) -> Floats:
        return chance.random((len(customers), known.data.items))

    return score
