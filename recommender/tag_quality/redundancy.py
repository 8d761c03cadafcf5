"""Redundancy of a tag: what another tag already tells of it."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats


def redundancy(
    both: Floats | float, only_first: Floats | float, only_second: Floats | float, neither: Floats | float
) -> Floats:
    """Normalised mutual information of two tags from the customers that have both, one or none of them, in [0, 1].

    Miller–Madow correction −1/2n, floored at 0, over the smaller entropy; 0 where a tag is constant.
    """
    cells = np.array(np.broadcast_arrays(both, only_first, only_second, neither), dtype=np.float64)
    n = cells.sum(axis=0)
    share = cells / n
    first = _entropy(np.array([share[0] + share[1], share[2] + share[3]]))
    second = _entropy(np.array([share[0] + share[2], share[1] + share[3]]))
    told = np.maximum(first + second - _entropy(share) - 1 / (2 * n), 0.0)
    least = np.minimum(first, second)
    return np.asarray(np.where(least > 0, np.minimum(told / np.where(least > 0, least, 1.0), 1.0), 0.0))


def _entropy(shares: Floats) -> Floats:
    safe = np.where(shares > 0, shares, 1.0)
    return np.asarray(-(safe * np.log(safe)).sum(axis=0), dtype=np.float64)
