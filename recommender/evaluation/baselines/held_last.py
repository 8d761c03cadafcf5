"""Another model's order with everything held at the time moved below the rest."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.training_data import Bools, Floats, Ints


def held_last(known: Known, base: Score) -> Score:
    """The order among the held products stays as it was."""

    def score(customers: Ints, _eligible: Bools | None = None) -> Floats:
        scores = np.array(base(customers))
        held = known.held[customers].toarray() > 0
        span = scores.max(initial=0.0) - scores.min(initial=0.0) + 1.0
        scores[held] -= span
        return scores

    return score
