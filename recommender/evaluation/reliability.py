"""How far probabilities can be taken at their word: over all candidates, and over those that a list shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from recommender.evaluation.calibration_error import CalibrationError, Entries
from recommender.evaluation.calibration_line import CalibrationLine
from recommender.training_data import Bools, Floats, Ints

_Z = 1.959964  # of a 95 % interval of a normal


class Estimate(NamedTuple):
    """A figure and its 95 % interval, rankings being drawn anew; nan where the interval was not measured."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, error: float) -> Estimate:
        """By its standard error."""
        return cls(value, value - _Z * error, value + _Z * error)

    def as_dict(self) -> dict[str, float | None]:
        """None where there is no interval."""
        known = np.isfinite(self.low)
        return {"value": self.value, "low": self.low if known else None, "high": self.high if known else None}


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probabilities against hits; a figure is None where nothing says what it is.

    `ratio` is the sum of the probabilities over the hits, `ece_by_chance` what probabilities that hold would have on so
    many entries. `bins` are entries above 0 in 15 groups of equal mass.
    """

    entries: int
    ece: float
    ece_by_chance: float
    slope: Estimate | None
    intercept: Estimate | None
    ratio: Estimate | None
    bins: Entries

    def as_dict(self) -> dict[str, Any]:
        """For a report; the bins as (mean probability, share of hits, entries)."""
        parts = {"slope": self.slope, "intercept": self.intercept, "ratio": self.ratio}
        shares = (self.bins.probability / self.bins.size, self.bins.hits / self.bins.size, self.bins.size)
        return {
            "entries": self.entries,
            "ece": self.ece,
            "ece_by_chance": self.ece_by_chance,
            **{name: None if part is None else part.as_dict() for name, part in parts.items()},
            "bins": np.stack(shares, axis=1).round(9).tolist(),
        }


@dataclass(slots=True, eq=False)
class Reliability:
    """Gathers the entries of rankings block by block; with `kept` the entries stay, for intervals of slope."""

    kept: bool
    error: CalibrationError = field(default_factory=CalibrationError)
    sums: list[Floats] = field(default_factory=list)
    parts: list[tuple[Floats, Bools, Ints]] = field(default_factory=list)

    def add(self, probability: Floats, hit: Bools, inside: Bools) -> None:
        """A block [rankings, items or places] of which the entries `inside` count."""
        row = np.nonzero(inside)[0]
        own, found = probability[inside], hit[inside]
        self.error.add(own, found)
        if self.kept:
            self.parts.append((own, found, row + sum(len(one) for one in self.sums)))
        self.sums.append(np.stack([np.bincount(row, part, len(inside)) for part in (own, found)], axis=1))

    def calibration(self) -> Calibration | None:
        """What was gathered; None without an entry."""
        ece, by_chance = self.error.error(), self.error.error_by_chance()
        if ece is None or by_chance is None:
            return None
        entries = self.error.entries()
        slope, intercept = self._line(entries)
        positive = entries.positive()
        return Calibration(
            entries=int(entries.size.sum()),
            ece=ece,
            ece_by_chance=by_chance,
            slope=slope,
            intercept=intercept,
            ratio=self._ratio(),
            bins=positive.bins() if len(positive.size) else positive,
        )

    def _line(self, entries: Entries) -> tuple[Estimate | None, Estimate | None]:
        line = CalibrationLine.of(entries)
        if line is None:
            return None, None
        errors = (np.nan, np.nan)
        if self.kept:
            probability, hit, ranking = (np.concatenate(column) for column in zip(*self.parts, strict=True))
            errors = line.spread(probability, hit, ranking)
        return Estimate.around(line.slope, errors[0]), Estimate.around(line.intercept, errors[1])

    def _ratio(self) -> Estimate | None:
        """Linearised: the interval of Σp / Σhits from each ranking's own p − ratio·hits."""
        sums = np.concatenate(self.sums)
        predicted, actual = sums.sum(axis=0)
        if not actual:
            return None
        ratio = predicted / actual
        return Estimate.around(float(ratio), float(np.linalg.norm(sums[:, 0] - ratio * sums[:, 1]) / actual))
