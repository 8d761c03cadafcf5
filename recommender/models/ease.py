"""A linear model of each product by all others, with a zero diagonal, in closed form (Steck 2019, EASE)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from recommender.training_data import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Ease:
    """`weights` [kept, kept] among the items `kept` of `items`; all others score 0."""

    weights: Floats
    kept: Ints
    items: int

    @classmethod
    def fit(cls, interactions: sparse.csr_matrix, l2: float, kept: Ints | None = None) -> Ease:
        """B = −P / diag(P) with P = (XᵀX + l2·I)⁻¹ and B's diagonal 0; memory grows with the square of the items.

        Only the items `kept` (by default all) take part. Raises ValueError unless l2 > 0.
        """
        if not l2 > 0:
            raise ValueError(f"l2 is {l2}; it must be above 0")
        matrix = sparse.csr_matrix(interactions, dtype=np.float64)
        items = matrix.shape[1]
        if kept is None:
            kept = np.arange(items)
        else:
            matrix = matrix[:, kept]
        gram = np.asarray((matrix.T @ matrix).toarray())
        gram.flat[:: len(gram) + 1] += l2
        return cls(_without_self(gram), kept, items)

    def score(self, own: Floats | sparse.csr_matrix) -> Floats:
        """own @ B: [items] of one row, [n, items] of a block."""
        if sparse.issparse(own):
            known: Floats = np.asarray(own[:, self.kept] @ self.weights)
        else:
            known = own[..., self.kept] @ self.weights
        scores = np.zeros((*known.shape[:-1], self.items))
        scores[..., self.kept] = known
        return scores

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        return {"weights": self.weights, "kept": self.kept, "items": np.array([self.items])}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Ease:
        return cls(np.asarray(arrays["weights"], np.float64), np.asarray(arrays["kept"]), int(arrays["items"][0]))


def _without_self(gram: Floats) -> Floats:
    """−P / diag(P) with a zero diagonal, P the inverse of a positive definite matrix, which is overwritten."""
    if not len(gram):
        return gram
    upper, _ = linalg.cho_factor(gram, lower=False, overwrite_a=True, check_finite=False)
    inverse, failed = linalg.lapack.dpotri(upper, lower=0, overwrite_c=True)
    if failed:
        raise ValueError("the matrix of the products is not positive definite")
    inverse = np.triu(inverse)
    inverse += np.triu(inverse, 1).T
    weights: Floats = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights
