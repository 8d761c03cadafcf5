"""The population stability index of two samples in bins."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats, Ints

FEWEST = 100  # in either sample, below which chance alone moves the index too far
SMOOTHING = 0.5  # added to every bin: one that was empty is rare, not impossible


def psi(before: Floats | Ints, now: Floats | Ints, shared: float = 0.0) -> float:
    """Σ (now − before) · ln(now / before) over the shares of the bins, less what chance gives on the average.

    `shared` entries stand in both samples. Without a drift the plain index has the mean (bins − 1) · (1/n + 1/m −
    2·shared/(n·m)), for its second order is Pearson's χ²; so what is returned is about 0 then, and may be below. Bins
    that are empty in both do not count. nan with fewer than `FEWEST` in a sample.
    """
    n, m = float(before.sum()), float(now.sum())
    if min(n, m) < FEWEST:
        return float("nan")
    seen = (before + now) > 0
    old, new = (_shares(counts[seen].astype(np.float64)) for counts in (before, now))
    by_chance = (int(seen.sum()) - 1) * max(1.0 / n + 1.0 / m - 2.0 * shared / (n * m), 0.0)
    return float((new - old) @ np.log(new / old)) - by_chance


def _shares(counts: Floats) -> Floats:
    smoothed = counts + SMOOTHING
    return np.asarray(smoothed / smoothed.sum())
