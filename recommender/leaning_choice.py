"""How far the order of the transferable tier may lean away from probability: by what it costs in purchases found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logit

from recommender.comparison import K, gains_of, ordered
from recommender.evidence import FEWEST
from recommender.leaning import Leaning
from recommender.ranking_rows import RankingRows
from recommender.training_data import Floats, Ints

CONVICTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)
HANDICAPS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
LARGEST_LOSS = 0.02  # of recall@10, for conviction and for the handicap each
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


def choose_leaning(rows: RankingRows, chance: Floats, lacking: Floats) -> tuple[Leaning, dict[str, Any]]:
    """The leaning of which each part costs at most 2 % of recall@10, and for the manifest all that was tried.

    `chance` are the probabilities that are served, `lacking` what their log odds lack of the claims' face value. First
    the largest conviction that keeps the recall; then, beside it, the handicap that spreads places most evenly: beyond
    some strength unpopular products crowd out the others. Fewer rankings than `FEWEST` say nothing: no leaning.
    """
    popularity, logits = rows.feature("popularity"), logit(np.clip(chance, _EDGE, 1.0 - _EDGE))
    enough = len(np.unique(rows.customer[rows.truth])) >= FEWEST

    def exposed(strength: float, leaning: Leaning) -> Exposure:
        return _exposure(rows, logits + leaning.of(lacking, popularity), strength)

    convinced = [exposed(one, Leaning(one)) for one in (CONVICTIONS if enough and lacking.any() else (0.0,))]
    most = max(_affordable(convinced), key=lambda one: one.strength)
    conviction, further = most.strength, HANDICAPS[1:] if enough else ()
    tried = [most._replace(strength=0.0), *(exposed(one, Leaning(conviction, one)) for one in further)]
    handicap = min(_affordable(tried), key=lambda one: one.gini).strength
    told = {"conviction": _told(conviction, convinced), "handicap": _told(handicap, tried)}
    return Leaning(conviction, handicap), told


def _affordable(tried: Sequence[Exposure]) -> list[Exposure]:
    """Those that keep the recall of the first one."""
    return [one for one in tried if one.recall >= (1.0 - LARGEST_LOSS) * tried[0].recall]


def _told(strength: float, tried: Sequence[Exposure]) -> dict[str, Any]:
    return {"strength": strength, "tried": [one._asdict() for one in tried]}


def _exposure(rows: RankingRows, scores: Floats, strength: float) -> Exposure:
    order, place = ordered(rows, scores)
    found = gains_of(rows, order, place)
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
