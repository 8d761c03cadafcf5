"""What tags say of each product (or category): a ridge from quality-weighted tags to what is bought next, as a lift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.models.ridge import Ridge
from recommender.training_data import Floats, Ints

L2 = 50.0
_LEAST, _MOST = 0.1, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class TagLinear:
    """`weights` [tags, targets] added to the `share` of each target in what is bought."""

    weights: Floats
    share: Floats

    @classmethod
    def fit(cls, tags: sparse.csr_matrix, bought: sparse.csr_matrix, l2: float = L2) -> TagLinear:
        """One row a purchase: tag values (affinity × quality in force) and the products or categories bought."""
        if not tags.shape[0] or not tags.shape[1]:
            return cls(np.zeros((tags.shape[1], bought.shape[1])), np.zeros(bought.shape[1]))
        found = Ridge.fit(tags, bought, l2)
        share = np.asarray(bought.sum(axis=0), dtype=np.float64).ravel() / bought.shape[0]
        mean = np.asarray(tags.sum(axis=0), dtype=np.float64).ravel() / tags.shape[0]
        # Nobody without a tag is lifted: the weights are read against the customer without one.
        return cls(found.weights, np.maximum(share - mean @ found.weights, share * _LEAST))

    def score(self, count: int, row: Ints, tag: Ints, value: Floats) -> Floats:
        """Log lift [count, targets] from one entry a tag; 0 without a tag, within log 0.1 and log 10."""
        scores = np.zeros((count, len(self.share)))
        known = (tag >= 0) & (tag < len(self.weights)) & (value != 0)
        if not known.any():
            return scores
        row = row[known]
        if count == 1:
            scores[0] = value[known] @ self.weights[tag[known]]
        else:
            cells = (row, tag[known])
            own = sparse.coo_matrix((value[known], cells), shape=(count, len(self.weights))).tocsr()
            scores += own @ self.weights
        lift = 1.0 + np.divide(scores, self.share, out=np.zeros_like(scores), where=self.share > 0)
        return np.asarray(np.log(np.clip(lift, _LEAST, _MOST)), dtype=np.float64)

    def to_arrays(self) -> dict[str, Floats]:
        return {"weights": self.weights, "share": self.share}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> TagLinear:
        return cls(arrays["weights"], arrays["share"])
