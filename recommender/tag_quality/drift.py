"""How far the carriers of each tag have moved from those of ninety days ago."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.tag_quality._finding import Finding
from recommender.tag_quality.psi import psi
from recommender.tag_quality.standing import Carried, standing
from recommender.training_data import Bools, Floats, Ints

REFERENCE_DAYS = 90
BINS = 5
NOTED, MOST = 0.1, 0.25
"""PSI beyond which a drift is noted, and beyond which it puts a tag on watch (domain.md §12)."""


class Drift(NamedTuple):
    """By tag, nan unknown: PSI of the affinities, of the carriers' stages, and how many stood then and stand now."""

    affinity: Floats
    stage: Floats
    before: Floats
    now: Floats

    @classmethod
    def of(cls, carried: Carried, stages: tuple[Ints, Ints], today: int, tags: int) -> Drift:
        """Of the number of the stage of every customer and the day of joining (-1 unknown).

        Affinities are told apart by the quantiles of both days together. Stages are the present ones of those who were
        customers then already, on both days: that customers grow older is no drift of a tag, that others are tagged is.
        """
        stage, joined = stages
        found = np.full((4, tags), np.nan)
        then, now = standing(carried, today - REFERENCE_DAYS), standing(carried, today)
        for tag in range(tags):
            one, other = (part.where(np.flatnonzero(part.tag == tag)) for part in (then, now))
            found[2:, tag] = len(one.customer), len(other.customer)
            if len(one.customer):
                found[0, tag] = _affinities(one, other)
                found[1, tag] = _stages(one, other, stage, joined <= today - REFERENCE_DAYS)
        return cls(*found)

    @property
    def worst(self) -> Floats:
        """The larger index of each tag that is known."""
        return np.asarray(np.fmax(self.affinity, self.stage))

    def findings(self) -> list[Finding]:
        """The drifts beyond `NOTED`; numerator and denominator are the carriers of now and of then."""
        found = []
        for code, values in (("drift_affinity", self.affinity), ("drift_stage", self.stage)):
            for tag in np.flatnonzero(values > NOTED).tolist():
                value, sizes = float(values[tag]), (float(self.now[tag]), float(self.before[tag]))
                is_cause = value > MOST
                found.append(Finding(tag, code, *sizes, value, MOST if is_cause else NOTED, is_cause))
        return found


def _affinities(then: Carried, now: Carried) -> float:
    one, other = (part.where(np.flatnonzero(~np.isnan(part.affinity))) for part in (then, now))
    both = np.concatenate([one.affinity, other.affinity])
    if not len(both):
        return float("nan")
    edges = np.unique(np.quantile(both, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    size = len(edges) + 1
    before, after = (np.bincount(np.searchsorted(edges, part.affinity), minlength=size) for part in (one, other))
    return psi(before, after, _shared(one, other, same=True))


def _stages(then: Carried, now: Carried, stage: Ints, was_there: Bools) -> float:
    one, other = (part.where(np.flatnonzero(was_there[part.customer])) for part in (then, now))
    before, after = (np.bincount(stage[part.customer], minlength=int(stage.max()) + 1) for part in (one, other))
    return psi(before, after, _shared(one, other))


def _shared(one: Carried, other: Carried, *, same: bool = False) -> float:
    """How many carriers stand in both, with the `same` assignment if so asked."""
    _, mine, theirs = np.intersect1d(one.customer, other.customer, assume_unique=True, return_indices=True)
    return float((one.day[mine] == other.day[theirs]).sum() if same else len(mine))
