"""What is believed of shares, all between 0 and 1, after an estimate of each whose error hangs on what it estimates."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats

STEPS = 1_000
SHARES = (np.arange(STEPS) + 0.5) / STEPS
EACH_SIDE = 0.025


def share_belief(estimate: Floats, variance: Floats, mean: float, spread: float) -> tuple[Floats, Floats, Floats]:
    """Mean and 95 % interval of each true share, [...]; nan stays.

    `variance` [..., steps] is that of the estimate's error were the true share this one of `SHARES`. Before anything
    was seen the share was beta-distributed with this mean and variance (`spread`).
    """
    strength = mean * (1.0 - mean) / spread - 1.0
    before = (mean * strength - 1.0) * np.log(SHARES) + ((1.0 - mean) * strength - 1.0) * np.log1p(-SHARES)
    log = before - (estimate[..., None] - SHARES) ** 2 / (2 * variance) - np.log(variance) / 2
    weight = np.exp(log - log.max(axis=-1, keepdims=True))
    weight /= weight.sum(axis=-1, keepdims=True)
    upto = np.cumsum(weight, axis=-1)
    return weight @ SHARES, _quantile(upto, weight, EACH_SIDE), _quantile(upto, weight, 1.0 - EACH_SIDE)


def _quantile(upto: Floats, weight: Floats, part: float) -> Floats:
    """The share below which so much of the belief lies, evenly spread within a step."""
    step = np.minimum((upto < part).sum(axis=-1, keepdims=True), STEPS - 1)
    own, until = (np.take_along_axis(one, step, axis=-1) for one in (weight, upto))
    return np.asarray((step + 1 - (until - part) / own)[..., 0] / STEPS)
