"""How much of a log speaks about another policy: effective sample size, largest weight, support."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.off_policy.rows import LoggedRows
from recommender.training_data import Floats


@dataclass(frozen=True, slots=True)
class Support:
    """What a log has to say of another policy.

    `ess` is (Σw)² / Σw² (Kish 1965), `largest_share` what one row has of Σw, `supported` the mean share of what the
    policy would show that the log could have shown. `mean_weight` is 1 but for chance where everything is supported.
    """

    rows: int
    customers: int
    ess: float
    max_weight: float
    largest_share: float
    mean_weight: float
    supported: float
    unknown: int

    @classmethod
    def of(cls, rows: LoggedRows, weights: Floats | None = None) -> Support:
        """Of the rows with their own weights, or others [rows]; all 0 without a row."""
        given = rows.weights if weights is None else weights
        number = len(rows)
        total, largest = float(given.sum()), float(given.max(initial=0.0))
        return cls(
            rows=number,
            customers=len(set(rows.customer.tolist())),
            ess=effective_sample_size(given),
            max_weight=largest,
            largest_share=largest / total if total > 0 else 0.0,
            mean_weight=total / number if number else 0.0,
            supported=float(rows.supported.mean()) if number else 0.0,
            unknown=rows.unknown,
        )


def effective_sample_size(weights: Floats) -> float:
    """(Σw)² / Σw²; 0 where all weights are 0."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0
