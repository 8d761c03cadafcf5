"""Uniqueness of a tag: how rare, how little told by other tags, and how much of the customer's new money it draws."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats


def uniqueness(rarity: Floats | float, redundancy: Floats | float, concentration: Floats | float) -> Floats:
    """The geometric mean of rarity, 1 − redundancy and fund concentration, each in [0, 1]."""
    return np.asarray(np.cbrt(np.asarray(rarity) * (1 - np.asarray(redundancy)) * concentration), dtype=np.float64)
