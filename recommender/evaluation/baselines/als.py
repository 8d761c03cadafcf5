"""implicit's alternating least squares as it comes, with its own fold-in of each customer."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.training_data import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class AlsChoice:
    """implicit's own parameters; the defaults are implicit's."""

    factors: int = 100
    regularization: float = 0.01
    alpha: float = 1.0
    iterations: int = 15


def als(known: Known, *, choice: AlsChoice, seed: int) -> Score:
    """Learned from binary rows, of baskets from counts; who has nothing scores 0 everywhere."""
    learned, own = (known.interactions, known.own) if known.data.clocked else (known.counts, known.counts)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(**asdict(choice), random_state=seed, num_threads=1, use_gpu=False)
        model.fit(sparse.csr_matrix(learned, dtype=np.float32), show_progress=False)

    def score(customers: Ints, _eligible: Bools | None = None) -> Floats:
        with threadpool_limits(1, "blas"):
            rows = sparse.csr_matrix(own[customers], dtype=np.float32)
            folded = model.recalculate_user(np.arange(len(customers)), rows)
        scores: Floats = np.asarray(folded, dtype=np.float64) @ model.item_factors.T.astype(np.float64)
        return scores

    return score
