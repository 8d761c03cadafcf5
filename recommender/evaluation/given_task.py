"""The probability that a product is bought, given that something which the task allows is bought."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Bools, Floats


def given_task(probability: Floats, allowed: Bools, per_occasion: float) -> Floats:
    """P(bought | something allowed is bought) from P(bought | anything is) [rankings, items], rankings being asked of
    those alone who did buy something allowed.

    The m products that a customer is expected to buy (Σp, and what is missing of the usual number spread over the
    products of probability 0) are taken to be a geometric number of at least 1, each allowed with the share q of their
    probability: P(something allowed) = m·q / (1 + (m − 1)·q), and no less than that of any one product.
    """
    inside = np.where(allowed, probability, 0.0)
    sums, unlisted = probability.sum(axis=1), probability <= 0
    rest = np.where(unlisted.any(axis=1), np.maximum(per_occasion - sums, 0.0), 0.0)
    m = np.maximum(sums + rest, 1.0)
    open_share = (unlisted & allowed).sum(axis=1) / np.maximum(unlisted.sum(axis=1), 1)
    q = np.minimum((inside.sum(axis=1) + rest * open_share) / m, 1.0)
    something = np.maximum(m * q / (1 + (m - 1) * q), inside.max(axis=1, initial=0.0))
    return np.asarray(np.divide(inside, something[:, None], out=np.zeros_like(inside), where=inside > 0))
