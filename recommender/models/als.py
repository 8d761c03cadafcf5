"""Alternating least squares at request time: a customer's events are folded into the item factors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.linalg import lapack

from recommender.training_data import Floats, Ints

LambdaMode = Literal["const", "freq"]
ITEMS_PER_FACTOR = 10  # with fewer, quality swings with the number of factors and the regularisation


@dataclass(frozen=True, slots=True, eq=False)
class Als:
    """Item factors [items, factors] and what a fold-in needs; there are no customer factors.

    Confidence is c = 1 + alpha·w, never below 1. `lambda_mode` says whether the regularisation is one constant
    (implicit) or grows with the customer's number of products (Spark's `lambda · n`).
    """

    item_factors: Floats
    alpha: float
    regularisation: float
    lambda_mode: LambdaMode = "const"
    gram: Floats = field(init=False)

    def __post_init__(self) -> None:
        factors = np.ascontiguousarray(self.item_factors, dtype=np.float64)
        object.__setattr__(self, "item_factors", factors)
        object.__setattr__(self, "gram", factors.T @ factors)

    def of_items(self, kept: Ints) -> Als:
        """The factors of some items, with the gram matrix of all of them."""
        part = Als(self.item_factors[kept], self.alpha, self.regularisation, self.lambda_mode)
        object.__setattr__(part, "gram", self.gram)
        return part

    def fold_in(self, weights: Floats) -> Floats | None:
        """The customer's factors from the weight w of each item (0: none); None for a customer without any.

        Solves (YᵀY + Σ (c−1) y yᵀ + λI) x = Σ c y by Cholesky (Hu, Koren, Volinsky 2008).
        """
        seen = weights.nonzero()[0]
        if not len(seen):
            return None
        extra = self.alpha * weights[seen]
        own = self.item_factors[seen]
        system = self.gram + (own.T * extra) @ own
        system.flat[:: len(system) + 1] += self.regularisation * (len(seen) if self.lambda_mode == "freq" else 1)
        _, solution, failed = lapack.dposv(system, (extra + 1.0) @ own, lower=True, overwrite_a=True)
        return None if failed else np.asarray(solution, dtype=np.float64)

    def score(self, weights: Floats) -> Floats | None:
        """The score of every item, products bought or held before included; None without an event."""
        customer = self.fold_in(weights)
        return None if customer is None else self.item_factors @ customer

    def to_arrays(self) -> dict[str, Floats]:
        return {"item_factors": self.item_factors}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, Floats], *, alpha: float, regularisation: float, lambda_mode: LambdaMode
    ) -> Als:
        return cls(arrays["item_factors"], alpha, regularisation, lambda_mode)
