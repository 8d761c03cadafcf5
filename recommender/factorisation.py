"""Fits the item factors of `models.als` with implicit; only training needs this, and it alone imports implicit."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender.models.als import ITEMS_PER_FACTOR, Als


@dataclass(frozen=True, slots=True)
class AlsSettings:
    """Hyper-parameters of one fit."""

    factors: int = 32
    regularisation: float = 1.0
    alpha: float = 10.0
    iterations: int = 12
    seed: int = 0

    def to_manifest(self) -> dict[str, float]:
        return asdict(self)


def factors_allowed(items: int) -> int:
    """The most factors that a catalogue of this size carries."""
    return items // ITEMS_PER_FACTOR


def fit_als(weights: sparse.csr_matrix, settings: AlsSettings) -> Als:
    """Item factors from the weights w [customers, items]; one thread, the same bytes for the same input.

    Raises ValueError where the catalogue is too small for the factors.
    """
    items = weights.shape[1]
    if settings.factors > factors_allowed(items):
        raise ValueError(f"{settings.factors} factors for {items} products; at most {factors_allowed(items)}")
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=settings.factors,
            regularization=settings.regularisation,
            alpha=1.0,  # the confidences are handed over as they are
            iterations=settings.iterations,
            num_threads=1,
            use_gpu=False,
            random_state=settings.seed,
        )
        model.fit(confidences(weights, settings.alpha), show_progress=False)
    return Als(model.item_factors.astype(np.float64), settings.alpha, settings.regularisation)


def confidences(weights: sparse.csr_matrix, alpha: float) -> sparse.csr_matrix:
    """c = 1 + alpha·w for every entry: implicit reads its data as the confidence itself, so none may be below 1."""
    matrix = weights.copy()
    matrix.data = (1.0 + alpha * matrix.data).astype(np.float32)
    return matrix
