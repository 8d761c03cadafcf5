"""The product-limit estimate from counts by day, with its log-log interval."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Floats, Ints

Z = 1.96


def kaplan_meier(ended: Ints, left: Ints) -> tuple[Floats, Floats, Floats]:
    """1 − S by day with its bounds; those left on a day were at risk on it."""
    leaving = ended + left
    at_risk = leaving[::-1].cumsum()[::-1].astype(np.float64)
    survived = np.cumprod(1.0 - np.divide(ended, at_risk, out=np.zeros(len(ended)), where=at_risk > 0))
    staying = at_risk * (at_risk - ended)
    greenwood = np.cumsum(np.divide(ended, staying, out=np.zeros(len(ended)), where=staying > 0))
    inside = (survived > 0) & (survived < 1)
    log = np.log(np.where(inside, survived, 0.5))
    half = Z * np.sqrt(greenwood) / np.abs(log)
    low: Floats = 1.0 - np.where(inside, survived ** np.exp(-half), survived)
    high: Floats = 1.0 - np.where(inside, survived ** np.exp(half), survived)
    return (1.0 - survived).astype(np.float64), low, high
