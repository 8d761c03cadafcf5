"""The doubly robust estimate: a direct model, corrected by what the weighted log says of its errors."""

from __future__ import annotations

from recommender.off_policy.direct import Expected
from recommender.off_policy.estimate import ALPHA, Estimate, clustered, degrees_of
from recommender.off_policy.rows import LoggedRows
from recommender.training_data import Floats


def dr(rows: LoggedRows, expected: Expected, weights: Floats | None = None, alpha: float = ALPHA) -> Estimate:
    """Mean of v̂ + w·(r - q̂) (Dudík, Langford and Li 2011); ValueError without a row.

    Unbiased whatever the model says, as long as it did not learn from the same customers.
    """
    given = rows.weights if weights is None else weights
    if not len(rows):
        raise ValueError("rows: none")
    each = expected.of_candidate + given * (rows.reward - expected.of_logged)
    value = float(each.mean())
    return clustered(value, (each - value) / len(rows), rows.customer, degrees_of(given, rows.customer), alpha)
