"""Inverse propensity scoring: unbiased, and too sure of itself where weights are uneven, so never told alone."""

from __future__ import annotations

from recommender.off_policy.estimate import ALPHA, Estimate, clustered
from recommender.off_policy.rows import LoggedRows
from recommender.training_data import Floats


def ips(rows: LoggedRows, weights: Floats | None = None, alpha: float = ALPHA) -> Estimate:
    """Σ w·r / n (Horvitz and Thompson 1952); ValueError without a row. The interval is the plain normal-theory one."""
    given = rows.weights if weights is None else weights
    if not len(rows):
        raise ValueError("rows: none")
    value = float(given @ rows.reward) / len(rows)
    return clustered(value, (given * rows.reward - value) / len(rows), rows.customer, len(rows), alpha)
