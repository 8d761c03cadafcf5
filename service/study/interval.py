"""The mean of a few independent runs with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A mean with the bounds of its interval; without a spread the bounds are nan."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


def over_seeds(values: Sequence[float], level: float = 0.95) -> Interval:
    """Student's interval of the mean over independent seeds; nan bounds for fewer than two."""
    from scipy import stats  # noqa: PLC0415 - a fifth of the start of every command

    sample = np.asarray(values, dtype=np.float64)
    mean = float(sample.mean())
    if len(sample) < 2:
        return Interval(mean, float("nan"), float("nan"))
    half = float(stats.t.ppf(0.5 + level / 2, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample)))
    return Interval(mean, mean - half, mean + half)
