"""nDCG of an order whose gains are written preferences, not purchases."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Bools, Floats

K = 10
_DISCOUNTS = 1.0 / np.log2(np.arange(2, K + 2))


def true_gain(scores: Floats, preference: Floats, among: Bools) -> Floats:
    """nDCG@10 by customer with gain = preference, over the products of `among`; nan where none of them is preferred.

    All are [customers, products]. Equal scores stand in the order of the catalogue; a score that is no number sinks,
    and is still a candidate.
    """
    worth = np.where(among, preference, 0.0)
    ranked = np.where(among, np.nan_to_num(scores, nan=-1e300, neginf=-1e300), -np.inf)
    first = np.argsort(-ranked, axis=1, kind="stable")[:, :K]
    discounts = _DISCOUNTS[: first.shape[1]]
    reached = np.take_along_axis(worth, first, axis=1) @ discounts
    possible = -np.sort(-worth, axis=1)[:, :K] @ discounts
    found: Floats = np.full(len(scores), np.nan)
    some = possible > 0
    found[some] = reached[some] / possible[some]
    return found
