"""The expected calibration error over bins of equal mass, gathered block by block in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from recommender.training_data import Bools, Floats

BINS = 15
_SHIFT = 12  # of the 32 bits of a float: 1/2048 of a power of two is one cell
_CELLS = (0x3F800000 >> _SHIFT) + 1  # up to 1.0


def _cells() -> Floats:
    return np.zeros(_CELLS)


class Entries(NamedTuple):
    """Groups of entries in the order of probability: how many, the sum of their probabilities, and of their hits."""

    size: Floats
    probability: Floats
    hits: Floats

    def bins(self, bins: int = BINS) -> Entries:
        """As many groups of equal mass.

        A group on the border of two bins is divided in proportion, as its entries in any order would be on average.
        """
        whole = self.size.sum()
        edge = np.concatenate([[0.0], np.cumsum(self.size)])
        cuts = np.linspace(0.0, whole, bins + 1)
        parts = []
        for column in self:
            running = np.concatenate([[0.0], np.cumsum(column)])
            parts.append(np.diff(np.interp(cuts, edge, running)))
        return Entries(*parts)

    def positive(self) -> Entries:
        """Without the entries of probability 0."""
        kept = self.probability > 0
        return Entries(*(column[kept] for column in self))


@dataclass(slots=True, eq=False)
class CalibrationError:
    """Counts, summed probabilities and hits by cells of nearly equal probability; a cell may be shared by two bins."""

    count: Floats = field(default_factory=_cells)
    probability: Floats = field(default_factory=_cells)
    hits: Floats = field(default_factory=_cells)

    def add(self, probability: Floats, hit: Bools) -> None:
        """One entry a candidate; raises ValueError for what is no probability."""
        if len(probability) and not (probability.min() >= 0 and probability.max() <= 1):
            raise ValueError("a probability is below 0, above 1 or not a number")
        # The bits of a float that is not negative are in the order of its value.
        cell = np.ascontiguousarray(probability, dtype=np.float32).view(np.uint32) >> _SHIFT
        self.count += np.bincount(cell, minlength=_CELLS)
        self.probability += np.bincount(cell, probability, _CELLS)
        self.hits += np.bincount(cell, hit, _CELLS)

    def entries(self) -> Entries:
        """The cells that are not empty."""
        kept = self.count > 0
        return Entries(self.count[kept], self.probability[kept], self.hits[kept])

    def error(self, bins: int = BINS) -> float | None:
        """Σ share of the bin × |mean probability − share of hits|; None without an entry."""
        whole = self.count.sum()
        if not whole:
            return None
        binned = self.entries().bins(bins)
        return float(np.abs(binned.probability - binned.hits).sum() / whole)

    def error_by_chance(self, bins: int = BINS) -> float | None:
        """What calibrated probabilities on so many entries have on average: a folded normal a bin; None without any."""
        found = self.entries()
        whole = found.size.sum()
        if not whole:
            return None
        spread = found.probability * (1 - found.probability / found.size)
        variance = Entries(found.size, spread, found.hits).bins(bins).probability
        return float(np.sqrt(2 / np.pi * variance).sum() / whole)
