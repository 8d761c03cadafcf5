"""The Wilson score interval of a proportion."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.training_data import Floats


class WilsonInterval(NamedTuple):
    """Lower and upper bound, both in [0, 1]."""

    low: Floats | float
    high: Floats | float

    @classmethod
    def of(cls, hits: Floats | float, n: Floats | float, z: float = 1.96) -> WilsonInterval:
        """The interval of `hits` of `n` > 0 at z standard errors (Wilson 1927)."""
        share, scale = hits / n, 1 + z * z / n
        centre = share + z * z / (2 * n)
        half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return cls((centre - half) / scale, (centre + half) / scale)
