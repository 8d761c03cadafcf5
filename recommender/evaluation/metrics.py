"""Ranking metrics over the full catalogue, averaged over customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.training_data import Bools, Floats


@dataclass(frozen=True, slots=True)
class Metrics:
    """Means over the rankings of those with something to find; all in [0, 1]."""

    map: float
    ndcg: float
    hit_rate: float
    hit_rate_1: float
    mrr: float
    recall: float
    coverage: float
    rankings: int

    @classmethod
    def of(cls, scores: Floats, truth: Bools, popularity: Floats, k: int) -> Metrics:
        """From scores and truth [rankings, items]; −inf or nan: no candidate. Ties: popularity, then the item's row.

        AP@k divides by min(k, |truth|), nDCG@k by the best gain that min(k, |truth|) hits can have, MRR reads the whole
        list. Rankings without a truth are left out.
        """
        kept = truth.any(axis=1)
        scores, truth = np.where(np.isnan(scores), -np.inf, scores)[kept], truth[kept]
        if not len(scores):
            return cls(map=0, ndcg=0, hit_rate=0, hit_rate_1=0, mrr=0, recall=0, coverage=0, rankings=0)
        order = _order(scores, popularity)
        hits = np.take_along_axis(truth & np.isfinite(scores), order, axis=1)
        top = hits[:, :k]
        place = np.arange(1, top.shape[1] + 1)
        gain = 1 / np.log2(place + 1)
        total = truth.sum(axis=1)
        most = np.minimum(total, top.shape[1])
        precision = np.cumsum(top, axis=1) / place
        first = np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)
        return cls(
            map=_mean((precision * top).sum(axis=1) / most),
            ndcg=_mean(top @ gain / np.cumsum(gain)[most - 1]),
            hit_rate=_mean(np.asarray(top.any(axis=1))),
            hit_rate_1=_mean(top[:, 0]),
            mrr=_mean(first),
            recall=_mean(top.sum(axis=1) / total),
            coverage=len(np.unique(order[:, :k])) / scores.shape[1],
            rankings=len(scores),
        )


def _order(scores: Floats, popularity: Floats) -> NDArray[np.intp]:
    columns = np.lexsort((np.arange(len(popularity)), -popularity))
    return columns[np.argsort(-scores[:, columns], axis=1, kind="stable")]


def _mean(values: NDArray[np.generic]) -> float:
    return float(values.astype(np.float64).mean())
