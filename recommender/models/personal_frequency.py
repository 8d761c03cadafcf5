"""How often this customer bought each product, equal counts by how often all customers did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from recommender.training_data import Floats


@dataclass(frozen=True, slots=True, eq=False)
class PersonalFrequency:
    """`share` of each item in all purchases, below 1 each: it orders what the own count leaves equal."""

    share: Floats

    @classmethod
    def fit(cls, purchases: sparse.csr_matrix) -> PersonalFrequency:
        """From the number of purchases by customer and item."""
        bought = np.asarray(purchases.sum(axis=0), dtype=np.float64).ravel()
        return cls(bought / (bought.sum() + 1.0))

    def score(self, own: Floats | sparse.csr_matrix) -> Floats:
        """The customer's own purchases + the item's share: [items] of one row, [n, items] of a block."""
        counts: Any = own.toarray() if isinstance(own, sparse.csr_matrix) else own
        return np.asarray(counts + self.share, dtype=np.float64)

    def to_arrays(self) -> dict[str, Floats]:
        return {"share": self.share}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> PersonalFrequency:
        return cls(arrays["share"])
