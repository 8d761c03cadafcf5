"""What tags claim of categories: how much likelier somebody who carries them prefers one than anybody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.training_data import Floats, Ints

_SUREST = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class TagClaims:
    """`claims` [tags, categories] within [-1, 1] are what each tag says; `share` is who has each category anyway.

    Nothing of a tag is learnt from purchases: a bank has too few of them by tag and product. How far claims are to be
    believed is their quality's business, and how much they count beside all else the blend's.
    """

    claims: Floats
    share: Floats

    @classmethod
    def fit(cls, claims: Floats, strengths: sparse.csr_matrix, category: Ints, categories: int) -> TagClaims:
        """`strengths` [customers, items] is 1 for what was bought or held; `category` that of each item, -1 none."""
        placed = np.flatnonzero(category >= 0)
        cells = (placed, category[placed])
        member = sparse.coo_matrix((np.ones(len(placed)), cells), shape=(len(category), categories)).tocsr()
        having = np.asarray((((strengths == 1.0) @ member) > 0).sum(axis=0), dtype=np.float64).ravel()
        known = claims if len(claims) else np.zeros((0, categories))
        return cls(known, (having + 1.0) / (strengths.shape[0] + 2.0))

    def score(self, count: int, row: Ints, tag: Ints, value: Floats) -> Floats:
        """Log lift [count, categories] from one entry a tag, rows ascending; 0 where nothing is claimed.

        A tag of value v (affinity × quality × age, at most 1) that claims c surely prefers with chance v·|claim|, else
        is as anybody: ln(P/share + 1 - P), P = 1 - Π(1 - v·claim). What is said to be avoided is Π(1 - v·|claim|) as
        likely.
        """
        scores = np.zeros((count, len(self.share)))
        known = (tag >= 0) & (tag < len(self.claims)) & (value > 0)
        if not known.any():
            return scores
        rows, first = ([0], [0]) if count == 1 else np.unique(row[known], return_index=True)
        stated = self.claims[tag[known]] * np.minimum(value[known], 1.0)[:, None]
        doubt, averse = np.log1p(-np.minimum(np.abs(stated), _SUREST)), stated < 0
        avoids: Floats | float = 0.0
        if averse.any():
            avoids = np.add.reduceat(np.where(averse, doubt, 0.0), first, axis=0)
            doubt[averse] = 0.0
        likes = -np.expm1(np.add.reduceat(doubt, first, axis=0))
        scores[rows] = np.log(likes / self.share + 1.0 - likes) + avoids
        return scores

    def to_arrays(self) -> dict[str, Floats]:
        return {"claims": self.claims, "share": self.share}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> TagClaims:
        return cls(arrays["claims"], arrays["share"])
