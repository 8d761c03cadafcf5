"""The slope and the intercept of what happened on the logit of what was predicted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from recommender.evaluation.calibration_error import Entries
from recommender.training_data import Bools, Floats, Ints

STEPS, TOLERANCE = 100, 1e-9
_LEAST = 1e-12  # so near to 0 or 1 a probability is taken to be
_HALVINGS, _ROUNDING = 30, 1e-12


class CalibrationLine(NamedTuple):
    """P(hit) = σ(intercept + slope·logit(p)): 1 and 0 where probabilities hold (Cox 1958).

    `hessian` [2, 2] is the curvature of the log loss there, the intercept first.
    """

    slope: float
    intercept: float
    hessian: Floats

    @classmethod
    def of(cls, entries: Entries) -> CalibrationLine | None:
        """The maximum of the likelihood, by Newton steps, over entries above 0.

        None where there is none: only hits, no hits, one probability alone, or hits cleanly apart from the rest.
        """
        count, probability, hits = entries.positive()
        z = _logits(probability / count) if len(count) else count
        if not 0 < hits.sum() < count.sum() or np.ptp(z) == 0:
            return None
        both = np.stack([np.ones_like(z), z])
        at = np.array([0.0, 1.0])
        for _ in range(STEPS):
            chance = expit(at @ both)
            hessian = (both * (count * chance * (1 - chance))) @ both.T
            if np.linalg.cond(hessian) > 1 / np.finfo(np.float64).eps:
                return None
            step = np.linalg.solve(hessian, both @ (hits - count * chance))
            at = _after(at, step, (both, count, hits))
            if np.abs(step).max() < TOLERANCE:
                return cls(float(at[1]), float(at[0]), hessian)
        return None

    def spread(self, probability: Floats, hit: Bools, ranking: Ints) -> tuple[float, float]:
        """Standard errors of slope and intercept from the entries, those of one ranking taken together (Huber 1967)."""
        kept = probability > 0
        z, row = _logits(probability[kept]), ranking[kept]
        apart = hit[kept] - expit(self.intercept + self.slope * z)
        pulls = np.stack([np.bincount(row, apart), np.bincount(row, apart * z)])
        bread = np.linalg.inv(self.hessian)
        variance = np.diag(bread @ (pulls @ pulls.T) @ bread)
        return float(np.sqrt(variance[1])), float(np.sqrt(variance[0]))


def _logits(probability: Floats) -> Floats:
    """log p/(1 − p), finite also for certainty."""
    found: Floats = logit(np.clip(probability, _LEAST, 1 - _LEAST))
    return found


def _after(at: Floats, step: Floats, columns: tuple[Floats, Floats, Floats]) -> Floats:
    """The place after the step, halved until the loss does not rise."""
    both, count, hits = columns

    def loss(place: Floats) -> float:
        z = place @ both
        return float(count @ np.logaddexp(0.0, z) - hits @ z)

    before = loss(at)
    for halved in range(_HALVINGS):
        place: Floats = at + step / 2.0**halved
        if loss(place) <= before * (1 + _ROUNDING):
            break
    return place
