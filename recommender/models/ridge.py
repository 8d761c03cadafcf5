"""Directed least squares: from the state before a purchase to the products bought in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from recommender.training_data import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """`weights` [features, items] and the `constant` of each item."""

    weights: Floats
    constant: Floats

    @classmethod
    def fit(cls, states: sparse.csr_matrix, bought: sparse.csr_matrix, l2: float = 100.0) -> Ridge:
        """Minimises |[X 1]·W − Y|² + l2·|W|², the constant's row of W included; one row a purchase.

        Features need not be items. Raises ValueError where the rows do not match or l2 is not above 0.
        """
        if states.shape[0] != bought.shape[0]:
            raise ValueError(f"{states.shape[0]} states for {bought.shape[0]} purchases")
        if not l2 > 0:
            raise ValueError(f"l2 is {l2}; it must be above 0")
        ones = sparse.csr_matrix(np.ones((states.shape[0], 1)))
        before = sparse.hstack([sparse.csr_matrix(states, dtype=np.float64), ones], format="csr")
        gram = np.asarray((before.T @ before).toarray())
        gram.flat[:: len(gram) + 1] += l2
        cross = np.asarray((before.T @ bought).toarray(), dtype=np.float64)
        solved: Floats = linalg.solve(gram, cross, assume_a="pos", check_finite=False)
        return cls(solved[:-1], solved[-1])

    def score(self, own: Floats | sparse.csr_matrix) -> Floats:
        """own @ W + c: [items] of one row, [n, items] of a block; about the chance that the product is bought."""
        return np.asarray(own @ self.weights + self.constant, dtype=np.float64)

    def to_arrays(self) -> dict[str, Floats]:
        return {"weights": self.weights, "constant": self.constant}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> Ridge:
        return cls(arrays["weights"], arrays["constant"])
