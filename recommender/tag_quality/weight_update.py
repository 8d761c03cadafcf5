"""The daily step of a tag's weight towards what its quality deserves."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats

ETA, BETA = 0.1, 1.0
LOWEST, HIGHEST = 0.25, 4.0


def weight_update(
    weight: Floats | float, quality: Floats | float, mean_quality: float, *, eta: float = ETA, beta: float = BETA
) -> Floats:
    """w + η·(target − w), target = clip((odds(Q) / odds(mean Q))^β, ¼, 4); qualities in (0, 1).

    A constant quality has a fixed point, the target (domain.md §12).
    """
    odds = np.asarray(quality) / (1 - np.asarray(quality)) / (mean_quality / (1 - mean_quality))
    target = np.clip(odds**beta, LOWEST, HIGHEST)
    return np.asarray(weight + eta * (target - weight), dtype=np.float64)
