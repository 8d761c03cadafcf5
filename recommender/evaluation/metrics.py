"""Ranking metrics over the full catalogue, averaged over customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.evaluation.measures import Measures
from recommender.evaluation.ordered import Ordered
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

        The measures are those of `Measures`. Rankings without a truth are left out.
        """
        kept = truth.any(axis=1)
        scores, truth = scores[kept], truth[kept]
        if not len(scores):
            return cls(map=0, ndcg=0, hit_rate=0, hit_rate_1=0, mrr=0, recall=0, coverage=0, rankings=0)
        tie_order = np.lexsort((np.arange(len(popularity)), -popularity))
        ordered = Ordered.of(scores, ~np.isneginf(scores), tie_order)
        ranking, item = np.nonzero(truth)
        means = Measures.of(ranking, ordered.places(ranking, item), truth.sum(axis=1), k).means()
        shown = np.unique(ordered.top(k))
        return cls(
            map=means["map"],
            ndcg=means["ndcg"],
            hit_rate=means["hr"],
            hit_rate_1=means["hr1"],
            mrr=means["mrr"],
            recall=means["recall"],
            coverage=float((shown >= 0).sum()) / scores.shape[1],
            rankings=len(scores),
        )
