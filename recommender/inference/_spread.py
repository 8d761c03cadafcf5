"""The standard error of a difference of two means."""

from __future__ import annotations

from math import sqrt

from recommender.inference._checked import sayable
from recommender.inference.sample import Sample


def standard_error(control: Sample, treatment: Sample) -> float | None:
    """sqrt(var / n of the one + var / n of the other); None with fewer than two customers in an arm or no spread."""
    if min(control.n, treatment.n) < 2:
        return None
    return sqrt(control.var / control.n + treatment.var / treatment.n) or None


def difference(control: Sample, treatment: Sample) -> float | None:
    """Treatment - control; None where an arm has no customer."""
    return sayable(treatment.mean - control.mean) if min(control.n, treatment.n) else None
