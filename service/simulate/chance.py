"""Seeded dice, the types of columns, and the mark of what is missing."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Bools = NDArray[np.bool_]

NONE = -1
"""What stands in an index column where there is nothing."""
MISSING = int(np.iinfo(np.int64).min)
"""What stands in a column of seconds or cents where the value is unknown."""


def dice(seed: int, stage: str) -> np.random.Generator:
    """A generator of its own for each stage, so that a change in one stage leaves the others' draws alone."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(stage.encode())])))


def logistic(values: Singles) -> Singles:
    """1 / (1 + e^-v), in single precision."""
    result: Singles = np.float32(1.0) / (np.float32(1.0) + np.exp(-values))
    return result


def pick(roll: np.random.Generator, weights: Floats, size: int) -> Ints:
    """`size` indices, each with the probability of its weight."""
    edges = np.cumsum(weights / weights.sum())
    found: Ints = np.searchsorted(edges[:-1], roll.random(size), side="right").astype(np.int64)
    return found


def pick_rows(roll: np.random.Generator, weights: Floats) -> Ints:
    """One column index for each row, with the probability of its weight in that row."""
    edges = np.cumsum(weights, axis=1)
    drawn = roll.random((len(weights), 1)) * edges[:, -1:]
    found: Ints = np.minimum((drawn >= edges).sum(axis=1), weights.shape[1] - 1).astype(np.int64)
    return found
