"""Self-normalised inverse propensity scoring."""

from __future__ import annotations

from recommender.off_policy.estimate import ALPHA, Estimate, clustered, degrees_of
from recommender.off_policy.rows import LoggedRows
from recommender.training_data import Floats


def snips(rows: LoggedRows, weights: Floats | None = None, alpha: float = ALPHA) -> Estimate:
    """Σ w·r / Σ w (Swaminathan and Joachims 2015), linearised as a ratio; ValueError where all weights are 0."""
    given = rows.weights if weights is None else weights
    total = float(given.sum())
    if total <= 0:
        raise ValueError("weights: all 0")
    value = float(given @ rows.reward) / total
    influence = given * (rows.reward - value) / total
    return clustered(value, influence, rows.customer, degrees_of(given, rows.customer), alpha)
