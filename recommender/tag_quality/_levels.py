"""Means, spreads and intervals over the carriers of every tag, in all stages together and in each."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from recommender.evaluation.wilson import WilsonInterval
from recommender.training_data import Bools, Floats, Ints

Z90, Z95 = 1.6448536269514722, 1.959963984540054


class Placed(Protocol):
    """Entries with a tag and a stage."""

    @property
    def tag(self) -> Ints: ...
    @property
    def stage(self) -> Ints: ...
    @property
    def stages(self) -> int: ...


def level_means(of: Placed, values: Floats, mask: Bools, tags: int) -> tuple[Floats, Floats, Floats]:
    """Mean (nan without an entry), count and standard deviation of the masked entries, each [tags, 1 + stages]."""
    levels = of.stages + 1
    place = of.tag[mask] * levels + of.stage[mask] + 1
    kept = values[mask]
    sums = [
        np.asarray(np.bincount(place, kept**power, tags * levels), dtype=np.float64).reshape(tags, levels)
        for power in (0, 1, 2)
    ]
    for part in sums:
        part[:, 0] = part[:, 1:].sum(axis=1)
    count, total, squares = sums
    safe = np.maximum(count, 1)
    mean = np.where(count > 0, total / safe, np.nan)
    return mean, count, np.sqrt(np.maximum(squares / safe - (total / safe) ** 2, 0.0))


def bounds(mean: Floats, count: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """The interval of a mean of values in [0, 1]: normal, of 95 %, never narrower than one further entry could make it.

    A single entry says nothing of the spread: its interval is everything between 0 and 1 that one more could reach.
    """
    half = Z95 * spread / np.sqrt(np.maximum(count, 1)) + 0.5 / (count + 1)
    return np.clip(mean - half, 0.0, 1.0), np.clip(mean + half, 0.0, 1.0)


def share_bounds(share: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Wilson's interval of a share, of 90 %; nan without an entry."""
    n = np.where(count > 0, count, np.nan)
    low, high = WilsonInterval.of(share * n, n, Z90)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
