"""Products that the same customers have: cosine similarity of the products' columns, the nearest neighbours kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from recommender.training_data import Floats

_BLOCK_CELLS = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class ItemItem:
    """Row i of `similarity` [items, items] holds the neighbours of item i, itself included, with their cosine."""

    similarity: sparse.csr_matrix

    @classmethod
    def fit(cls, interactions: sparse.csr_matrix, neighbours: int = 200) -> ItemItem:
        """Of equally similar items the first rows are kept; items without an interaction have no neighbours."""
        columns = sparse.csc_matrix(interactions, dtype=np.float64)
        lengths = np.sqrt(np.asarray(columns.multiply(columns).sum(axis=0)).ravel())
        scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        unit = sparse.csr_matrix((columns @ sparse.diags(scale)).T)
        items = unit.shape[0]
        step = max(_BLOCK_CELLS // max(items, 1), 1)
        blocks = [_nearest(unit[start : start + step] @ unit.T, neighbours) for start in range(0, items, step)]
        return cls(sparse.csr_matrix(sparse.vstack(blocks, format="csr") if blocks else (0, 0), dtype=np.float64))

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


def _nearest(similar: sparse.csr_matrix, neighbours: int) -> sparse.csr_matrix:
    """The largest entries of each row; of equal ones the first columns."""
    rows = sparse.csr_matrix(similar)
    rows.sort_indices()
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((rows.indices, -rows.data, row))
    place = np.arange(rows.nnz) - rows.indptr[row]
    kept = order[place < neighbours]
    cells = (row[kept], rows.indices[kept])
    return sparse.csr_matrix((rows.data[kept], cells), shape=rows.shape)
