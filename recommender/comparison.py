"""Rankings of the same rows by several scores: gains by customer, and the paired difference of two of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats, Ints

K = 10
DRAWS = 1_000
GROUPS = (("0", 0, 0), ("1-2", 1, 2), ("3-9", 3, 9), ("10+", 10, 2**30))
"""Customers by how many events and holdings are known of them."""

BASELINES = {
    "popularity": "popularity",
    "popularity 60 d": "popularity_60",
    "personal frequency": "count",
    "item-item": "item_item",
    "ease": "ease",
    "als": "als",
}
"""Models of the first stage by the feature that orders as they do; equal scores are ordered by popularity."""


class Gains(NamedTuple):
    """Of every customer with something to find: nDCG@10 and recall@10; and the share of products in some top 10."""

    customer: Ints
    ndcg: Floats
    recall: Floats
    coverage: float


class Difference(NamedTuple):
    """Mean of one minus the other over the same customers, with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def gains(rows: RankingRows, scores: Floats) -> Gains:
    """How well scores rank the rows of each customer; ties by popularity, then item; nan sinks."""
    finite = np.where(np.isfinite(scores), scores, -np.inf)
    order = np.lexsort((rows.item, -rows.feature("popularity"), -finite, rows.customer))
    customer, truth = rows.customer[order], rows.truth[order]
    size = len(rows.events)
    count = np.bincount(customer, minlength=size)
    place = np.arange(len(order)) - (np.cumsum(count) - count)[customer]
    top = place < K
    found, total = np.bincount(customer[top & truth], minlength=size), np.bincount(customer[truth], minlength=size)
    gain = np.bincount(customer[top], truth[top] / np.log2(place[top] + 2.0), size)
    ideal = np.concatenate([[0.0], np.cumsum(1.0 / np.log2(np.arange(K) + 2.0))])[np.minimum(total, K)]
    has = np.flatnonzero(total)
    products = len(np.unique(rows.item))
    coverage = len(np.unique(rows.item[order][top])) / products if products else 0.0
    return Gains(has, gain[has] / ideal[has], found[has] / total[has], coverage)


def difference(one: Floats, other: Floats, seed: int = 0) -> Difference:
    """Paired bootstrap over customers, 1,000 draws; all zero without a customer."""
    apart = one - other
    if not len(apart):
        return Difference(0.0, 0.0, 0.0)
    rng = np.random.default_rng(seed)
    means = np.array([apart[rng.integers(0, len(apart), len(apart))].mean() for _ in range(DRAWS)])
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(float(apart.mean()), float(low), float(high))


def group_masks(events: Floats) -> dict[str, Bools]:
    """Which of some customers belong to which evidence group."""
    return {name: np.asarray((events >= low) & (events <= high)) for name, low, high in GROUPS}
