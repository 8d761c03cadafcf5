"""A ratio of totals by arm, with customers as the unit: the delta method."""

from __future__ import annotations

from recommender.inference.estimate import Estimate
from recommender.inference.sample import RatioSample
from recommender.inference.welch import welch


def ratio(control: RatioSample, treatment: RatioSample, alpha: float = 0.05) -> Estimate:
    """Welch's test of the linearised ratios (Deng et al. 2018); ValueError: alpha is not between 0 and 1."""
    return welch(control.linear(), treatment.linear(), alpha)
