"""The interval of a mean difference between two models on the same rankings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.training_data import Floats

DRAWS = 1_000
_BLOCK_CELLS = 1 << 22


class Bootstrap(NamedTuple):
    """The mean difference and its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, differences: Floats, *, seed: int, draws: int = DRAWS) -> list[Bootstrap]:
        """One a column of [rankings, columns]: percentiles of the means of `draws` samples of whole rankings.

        All columns share the samples (a paired bootstrap); no ranking gives intervals of 0.
        """
        rankings, columns = differences.shape
        if not rankings:
            return [cls(0.0, 0.0, 0.0)] * columns
        chance = np.random.default_rng(seed)
        step = max(_BLOCK_CELLS // rankings, 1)
        means = []
        for start in range(0, draws, step):
            size = min(step, draws - start)
            drawn = chance.integers(0, rankings, (size, rankings)) + np.arange(size)[:, None] * rankings
            times = np.bincount(drawn.ravel(), minlength=size * rankings).reshape(size, rankings)
            means.append(times.astype(np.float64) @ differences / rankings)
        low, high = np.percentile(np.concatenate(means), (2.5, 97.5), axis=0)
        mean = differences.mean(axis=0)
        return [cls(float(mean[at]), float(low[at]), float(high[at])) for at in range(columns)]
