"""How much of popularity is taken out of the order of the transferable tier, and what that costs and brings."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import logit

from recommender.comparison import K, gains, ordered
from recommender.ranking_rows import RankingRows
from recommender.training_data import Floats, Ints

STRENGTHS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
LARGEST_LOSS = 0.02  # of recall@10, against the order without
_EDGE = 1e-12
HEAD = 0.2  # of the products, the most popular: the others are the long tail


class Exposure(NamedTuple):
    """What the first ten of everybody show: recall and nDCG where something was bought, and how places are spread.

    `coverage` is the share of products in some top 10, `gini` of how often each is (0: all alike), `long_tail` the
    share of places of the less popular four fifths.
    """

    strength: float
    recall: float
    ndcg: float
    coverage: float
    gini: float
    long_tail: float


def debiased(logits: Floats, popularity: Floats, strength: float) -> Floats:
    """logit − strength·log popularity (recommender.md §7); popularity as log odds against an average product."""
    return logits - strength * popularity


def choose_strength(rows: RankingRows, chance: Floats) -> tuple[float, list[Exposure]]:
    """The strength that spreads places most evenly of those that keep recall@10 within 2 %, and all that were tried.

    `chance` are the probabilities that are served. Beyond some strength unpopular products crowd out the others: then a
    larger one spreads places less.
    """
    popularity = rows.feature("popularity")
    logits = logit(np.clip(chance, _EDGE, 1.0 - _EDGE))
    tried = [_exposure(rows, debiased(logits, popularity, strength), strength) for strength in STRENGTHS]
    least = (1.0 - LARGEST_LOSS) * tried[0].recall
    chosen = min((one for one in tried if one.recall >= least), key=lambda one: one.gini)
    return chosen.strength, tried


def told(strength: float, tried: list[Exposure]) -> dict[str, Any]:
    """For the manifest."""
    return {"strength": strength, "tried": [one._asdict() for one in tried]}


def _exposure(rows: RankingRows, scores: Floats, strength: float) -> Exposure:
    found = gains(rows, scores)
    order, place = ordered(rows, scores)
    shown = rows.item[order][place <= K]
    products = np.unique(rows.item)
    count = np.bincount(np.searchsorted(products, shown), minlength=len(products))
    popularity = np.zeros(len(products))
    popularity[np.searchsorted(products, rows.item)] = rows.feature("popularity")
    tail = np.argsort(-popularity, kind="stable")[int(np.ceil(HEAD * len(products))) :]
    return Exposure(
        strength,
        float(found.recall.mean()) if len(found.recall) else 0.0,
        float(found.ndcg.mean()) if len(found.ndcg) else 0.0,
        float(np.mean(count > 0)) if len(count) else 0.0,
        gini(count),
        float(count[tail].sum() / max(count.sum(), 1)),
    )


def gini(count: Ints) -> float:
    """The Gini coefficient of counts: 0 where all are alike, near 1 where one has everything; 0 of nothing."""
    total = int(count.sum())
    if not total:
        return 0.0
    place = np.arange(1, len(count) + 1)
    return float(np.sum((2 * place - len(count) - 1) * np.sort(count)) / (len(count) * total))
