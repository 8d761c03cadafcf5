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
        """Minimises |X·W + c − Y|² + l2·|W|², the constant unpenalised; one row a purchase, features need not be items.

        Raises ValueError where the rows do not match or l2 is not above 0.
        """
        if states.shape[0] != bought.shape[0]:
            raise ValueError(f"{states.shape[0]} states for {bought.shape[0]} purchases")
        if not l2 > 0:
            raise ValueError(f"l2 is {l2}; it must be above 0")
        before = sparse.csr_matrix(states, dtype=np.float64)
        after = sparse.csr_matrix(bought, dtype=np.float64)
        rows = max(before.shape[0], 1)
        mean_before, mean_after = (np.asarray(one.sum(axis=0)).ravel() / rows for one in (before, after))
        # Centring both sides is the same as an unpenalised constant.
        gram = np.asarray((before.T @ before).toarray()) - rows * np.outer(mean_before, mean_before)
        gram.flat[:: len(gram) + 1] += l2
        cross = np.asarray((before.T @ after).toarray()) - rows * np.outer(mean_before, mean_after)
        weights: Floats = linalg.solve(gram, cross, assume_a="pos", check_finite=False)
        return cls(weights, mean_after - mean_before @ weights)

    def score(self, own: Floats | sparse.csr_matrix) -> Floats:
        """own @ W + c: [items] of one row, [n, items] of a block; about the chance that the product is bought."""
        return np.asarray(own @ self.weights + self.constant, dtype=np.float64)

    def to_arrays(self) -> dict[str, Floats]:
        return {"weights": self.weights, "constant": self.constant}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> Ridge:
        return cls(arrays["weights"], arrays["constant"])
