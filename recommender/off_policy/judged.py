"""The verdict on one slot: support, the reasons against a number, and where there are none the estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.off_policy.direct import cross_fitted
from recommender.off_policy.dr import dr
from recommender.off_policy.estimate import Estimate, clustered, degrees_of
from recommender.off_policy.refusal import Refusal, refusals
from recommender.off_policy.rows import LoggedRows
from recommender.off_policy.snips import snips
from recommender.off_policy.support import Support
from recommender.training_data import Floats


@dataclass(frozen=True, slots=True)
class Judged:
    """What a log says of a policy on one slot; the estimates are None where it is refused.

    `lift` is SNIPS less what the log itself earned, of the same rows.
    """

    support: Support
    refused: tuple[Refusal, ...]
    logged: Estimate | None = None
    snips: Estimate | None = None
    dr: Estimate | None = None
    lift: Estimate | None = None


def judged(rows: LoggedRows, weights: Floats | None = None) -> Judged:
    """The estimates with the rows' own weights, or others (a cascade's, without DR); DR where `chances` are known."""
    given = rows.weights if weights is None else weights
    support = Support.of(rows, given)
    refused = refusals(support)
    if refused:
        return Judged(support, refused)
    doubly = None if rows.chances is None or weights is not None else dr(rows, cross_fitted(rows))
    return Judged(support, (), on_log(rows), snips(rows, given), doubly, _lift(rows, given))


def on_log(rows: LoggedRows) -> Estimate:
    """The mean reward of what was logged."""
    value = float(rows.reward.mean())
    customers = len(np.unique(rows.customer))
    return clustered(value, (rows.reward - value) / len(rows), rows.customer, customers - 1)


def _lift(rows: LoggedRows, weights: Floats) -> Estimate:
    was, would = on_log(rows), snips(rows, weights)
    influence = weights * (rows.reward - would.value) / weights.sum() - (rows.reward - was.value) / len(rows)
    return clustered(would.value - was.value, influence, rows.customer, degrees_of(weights, rows.customer))
