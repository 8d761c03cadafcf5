"""What is acquired next, given what is held (pairs of it, too), was had before and was looked at: directed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

from recommender.training_data import Bools, Floats, Ints

L2 = 1.0
PRIOR_ACQUISITIONS = 20.0
FEW_TARGETS, STEPS, STEPS_OF_MANY = 100, 60, 20
LEAST_TOGETHER, MOST_PAIRS = 50, 500  # purchases after which a pair of holdings counts, and how many pairs at most
_EDGE = 1e-6
_BELOW_ONE = np.float32(1.0 - 1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """`weights` [inputs, targets] and `constant` [targets]: of products where these are few, else of categories.

    Inputs are three flags a product or category: had now, had before only, looked at lately. `pairs` [pairs, 2] are
    products, each pair one more input: both are had now.
    """

    weights: Floats
    constant: Floats
    pairs: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))

    @classmethod
    def fit_products(cls, inputs: sparse.csr_matrix, bought: sparse.csr_matrix) -> Transition:
        """One logistic regression a product by L-BFGS, Σ log-loss + ½·|W|²; one row a purchase, state and products.

        Up to 100 products, pairs of holdings met at 50 purchases or more are inputs of their own.
        """
        pairs = _pairs(inputs[:, : bought.shape[1]])
        x = sparse.csr_matrix(_with_pairs(inputs, pairs), dtype=np.float32)
        turned = sparse.csr_matrix(x.T)
        rows, targets = bought.shape
        base = np.clip((np.asarray(bought.sum(axis=0)).ravel() + 0.5) / (rows + 1.0), _EDGE, 1 - _EDGE)
        start = np.zeros((x.shape[1] + 1, targets))
        start[-1] = np.log(base / (1 - base))
        if not rows:
            return cls(start[:-1], start[-1], pairs)
        truth = bought.nonzero()

        def loss(flat: Floats) -> tuple[float, Floats]:
            table = flat.reshape(start.shape)
            z = x @ table[:-1].astype(np.float32) + table[-1].astype(np.float32)
            hits = z[truth].sum(dtype=np.float64)
            error = expit(z)
            value = -np.log1p(-np.minimum(error, _BELOW_ONE)).sum(dtype=np.float64) - hits
            error[truth] -= 1.0
            slope = np.vstack([turned @ error + L2 * table[:-1], error.sum(axis=0, dtype=np.float64)])
            return float(value + 0.5 * L2 * (table[:-1] ** 2).sum()), slope.ravel()

        settings = {"maxiter": STEPS if targets <= FEW_TARGETS else STEPS_OF_MANY, "maxcor": 5}
        found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=settings)
        table = found.x.reshape(start.shape)
        return cls(np.ascontiguousarray(table[:-1]), np.ascontiguousarray(table[-1]), pairs)

    @classmethod
    def fit_categories(cls, inputs: sparse.csr_matrix, bought: sparse.csr_matrix) -> Transition:
        """Log lifts of a Markov chain: share after each flag over the share of all, drawn to it by a Dirichlet prior.

        Source of the smoothing: (n + 20·share) / (Σn + 20) per flag.
        """
        counts = np.asarray((sparse.csr_matrix(inputs, dtype=np.float64).T @ bought).toarray(), dtype=np.float64)
        total = np.asarray(bought.sum(axis=0), dtype=np.float64).ravel()
        share = (total + 1.0) / (total.sum() + len(total))
        chance = (counts + PRIOR_ACQUISITIONS * share) / (counts.sum(axis=1, keepdims=True) + PRIOR_ACQUISITIONS)
        return cls(np.log(chance / share), np.zeros(len(total)))

    def score(self, flags: Bools) -> Floats:
        """[n, targets] from flags [n, inputs]: log odds of products, of categories the sum of the log lifts."""
        if len(flags) == 1:
            own: Ints = flags[0].nonzero()[0]
            if len(self.pairs):
                both = flags[0, self.pairs].all(axis=1).nonzero()[0]
                own = np.concatenate([own, flags.shape[1] + both])
            return np.asarray(self.weights[own].sum(axis=0) + self.constant)[None, :]
        found = _with_pairs(sparse.csr_matrix(flags, dtype=np.float64), self.pairs)
        return np.asarray(found @ self.weights + self.constant)

    def to_arrays(self) -> dict[str, Any]:
        return {"weights": self.weights, "constant": self.constant, "pairs": self.pairs}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Transition:
        return cls(arrays["weights"], arrays["constant"], arrays["pairs"].astype(np.int64))


def _pairs(now: sparse.csr_matrix) -> Ints:
    """The pairs of a small catalogue that are held together most often, by product."""
    if now.shape[1] > FEW_TARGETS:
        return np.empty((0, 2), np.int64)
    together = np.asarray((now.T @ now).toarray())
    first, second = np.nonzero(np.triu(together >= LEAST_TOGETHER, k=1))
    most = np.sort(np.argsort(-together[first, second], kind="stable")[:MOST_PAIRS])
    return np.stack([first[most], second[most]], axis=1)


def _with_pairs(flags: sparse.csr_matrix, pairs: Ints) -> sparse.csr_matrix:
    """The flags and, one column a pair, whether both of its products are had now."""
    if not len(pairs):
        return flags
    columns = sparse.csc_matrix(flags)
    both = columns[:, pairs[:, 0]].multiply(columns[:, pairs[:, 1]])
    return sparse.hstack([flags, both]).tocsr()
