"""Products that the same customers have: cosine similarity of the products' columns, the nearest neighbours kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from recommender.training_data import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ItemItem:
    """Row i of `similarity` [items, items] holds the neighbours of item i, itself included, with their cosine."""

    similarity: sparse.csr_matrix

    @classmethod
    def fit(cls, interactions: sparse.csr_matrix, neighbours: int = 200) -> ItemItem:
        """Which of equally similar items are kept is implicit's choice, always the same for the same input."""
        from implicit.nearest_neighbours import ItemItemRecommender  # noqa: PLC0415 - scoring does without implicit

        unit = sparse.csr_matrix(interactions, dtype=np.float64, copy=True)
        unit.sort_indices()
        lengths = np.sqrt(np.bincount(unit.indices, unit.data**2, unit.shape[1]))
        unit.data /= lengths[unit.indices]
        model = ItemItemRecommender(K=neighbours, num_threads=1)
        model.fit(unit, show_progress=False)
        return cls(sparse.csr_matrix(model.similarity))

    def score(self, own: Floats | sparse.csr_matrix) -> Floats:
        """Σ weight × similarity over what the customer has: [items] of one row, [n, items] of a block."""
        if sparse.issparse(own):
            return np.asarray((own @ self.similarity).toarray(), dtype=np.float64)
        return np.asarray(own @ self.similarity, dtype=np.float64)

    def to_arrays(self) -> dict[str, Any]:
        return {name: getattr(self.similarity, name) for name in ("data", "indices", "indptr")}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> ItemItem:
        items = len(arrays["indptr"]) - 1
        return cls(sparse.csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=(items, items)))
