"""Counts of signs at gamma-distributed rates: how soon the next one shows after so many, and the rate that fits."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from recommender.tag_quality.repeats import RANKS, WINDOW_DAYS
from recommender.training_data import Floats

FLATTEST, STEEPEST = 1e-5, 5.0  # signs a day
LEAST_SHARE = 1e-300
DAYS = np.arange(WINDOW_DAYS + 1)


def shown_after(rate: float, shape: float, signs: int = 0, behind: float = 0.0) -> Floats:
    """P(another sign within 0, 1, … days of a window | so many signs or more in the days behind), of negative binomial
    counts: 1 − E[exp(−λ·days); N ≥ signs] / P(N ≥ signs), λ gamma of this shape.
    """
    none = _none_and(rate, shape, signs, behind)
    return np.asarray(1.0 - none / max(none[0], LEAST_SHARE))


def _none_and(rate: float, shape: float, signs: int, behind: float) -> Floats:
    """P(no sign within 0, 1, … days, and so many or more in the days behind)."""
    reached = 1.0 + rate * (DAYS + behind) / shape
    left, exactly = (1.0 + rate * DAYS / shape) ** -shape, reached**-shape
    for count in range(signs):
        left = left - exactly
        exactly = exactly * (shape + count) / (count + 1) * (rate * behind / shape) / reached
    return np.asarray(left)


def rate_of(again: Floats, followed: Floats, shape: float, behind: float) -> float:
    """The rate by which as many of the followed would show another sign as did, the first rank being the second sign.

    Between `FLATTEST` and `STEEPEST`.
    """
    wanted = float(again.sum())

    def lacking(rate: float) -> float:
        shown = (shown_after(rate, shape, RANKS[place], behind) for place in range(len(followed)))
        return sum(float(row @ one) for row, one in zip(followed, shown, strict=True)) - wanted

    if lacking(FLATTEST) >= 0:
        return FLATTEST
    return float(brentq(lacking, FLATTEST, STEEPEST, xtol=1e-14, rtol=1e-14)) if lacking(STEEPEST) > 0 else STEEPEST
