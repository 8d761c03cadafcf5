"""How good each ranking is, from the places of what was bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from recommender.training_data import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """One entry a ranking, all in [0, 1]: AP@k, nDCG@k, hit@1, hit@k, reciprocal rank of the whole list, recall@k."""

    map: Floats
    ndcg: Floats
    hr1: Floats
    hr: Floats
    mrr: Floats
    recall: Floats

    @classmethod
    def of(cls, ranking: Ints, place: Ints, total: Ints, k: int) -> Measures:
        """From the place of each bought product (0: no candidate) and how many were bought in each ranking, at least 1.

        AP@k divides by min(k, total); nDCG@k by the gain of min(k, total) hits at the first places.
        """
        rankings = len(total)
        found = place > 0
        ranking, place = ranking[found], place[found]
        order = np.lexsort((place, ranking))
        ranking, place = ranking[order], place[order]
        first = np.searchsorted(ranking, ranking)
        nth = np.arange(len(ranking)) - first + 1
        hit = place <= k
        most = np.minimum(total, k)
        ideal = np.cumsum(1 / np.log2(np.arange(2, max(k, 1) + 2)))
        gain = 1 / np.log2(place[hit] + 1.0)
        best = np.full(rankings, np.inf)
        np.minimum.at(best, ranking, place)
        return cls(
            map=_sums(ranking[hit], nth[hit] / place[hit], rankings) / most,
            ndcg=_sums(ranking[hit], gain, rankings) / ideal[most - 1],
            hr1=(best == 1).astype(np.float64),
            hr=(best <= k).astype(np.float64),
            mrr=1 / best,
            recall=_sums(ranking[hit], np.ones(int(hit.sum())), rankings) / total,
        )

    @classmethod
    def joined(cls, parts: Sequence[Measures]) -> Measures:
        """The rankings of all parts, in their order."""
        columns = {one.name: [getattr(part, one.name) for part in parts] for one in fields(cls)}
        return cls(**{name: np.concatenate([np.empty(0), *column]) for name, column in columns.items()})

    def means(self) -> dict[str, float]:
        """The mean of each measure over the rankings; 0 without one."""
        columns = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: float(column.mean()) if len(column) else 0.0 for name, column in columns.items()}


def _sums(row: Ints, value: Floats, size: int) -> Floats:
    # numpy's annotations know counts only, but with weights bincount returns their sums.
    sums: Any = np.bincount(row, value, size)
    found: Floats = sums
    return found
