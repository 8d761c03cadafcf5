"""Rankings of the same rows by several scores: gains by customer, and the paired difference of two of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.evaluation.bootstrap import Bootstrap
from recommender.evaluation.measures import Measures
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats, Ints

K = 10
WORSE = 0.005  # of the gain compared with: what is lost beyond is a loss (recommender.md §10.6)
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


def gains(rows: RankingRows, scores: Floats) -> Gains:
    """How well scores rank the rows of each customer; ties by popularity, then item; nan sinks."""
    return gains_of(rows, *ordered(rows, scores))


def gains_of(rows: RankingRows, order: Ints, place: Ints) -> Gains:
    """The same of rows that have been `ordered`."""
    customer, truth = rows.customer[order], rows.truth[order]
    size = len(rows.events)
    total = np.bincount(customer[truth], minlength=size)
    has = np.flatnonzero(total)
    found = Measures.of(np.searchsorted(has, customer[truth]), place[truth], total[has], K)
    products = len(np.unique(rows.item))
    coverage = len(np.unique(rows.item[order][place <= K])) / products if products else 0.0
    return Gains(has, found.ndcg, found.recall, coverage)


def ordered(rows: RankingRows, scores: Floats) -> tuple[Ints, Ints]:
    """The rows customer by customer, best first, and the place of each from 1."""
    finite = np.where(np.isfinite(scores), scores, -np.inf)
    order = np.lexsort((rows.item, -rows.feature("popularity"), -finite, rows.customer))
    customer = rows.customer[order]
    count = np.bincount(customer, minlength=len(rows.events))
    return order, np.arange(1, len(order) + 1) - (np.cumsum(count) - count)[customer]


def difference(one: Floats, other: Floats, seed: int = 0) -> Bootstrap:
    """Mean of one minus the other over the same customers, with its paired 95 % interval; all zero without any."""
    return Bootstrap.of((one - other)[:, None], seed=seed)[0]


def group_masks(events: Floats) -> dict[str, Bools]:
    """Which of some customers belong to which evidence group."""
    return {name: np.asarray((events >= low) & (events <= high)) for name, low, high in GROUPS}
