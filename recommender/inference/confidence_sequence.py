"""An interval that holds at all looks at once: the asymptotic confidence sequence of a difference of two means.

Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52; the form of gbstats 0.8, in which both arms together are the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from recommender.inference._checked import at_least_one, between, sayable
from recommender.inference._mixture import mixing_variance
from recommender.inference._spread import difference, standard_error
from recommender.inference.sample import Sample

N_STAR = 5_000
"""Customers of both arms at which one usually decides; it must not change while an experiment runs."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Treatment - control with an interval and a p that may be looked at whenever one likes; None: cannot be said."""

    diff: float | None
    low: float | None
    high: float | None
    p: float | None


def confidence_sequence(control: Sample, treatment: Sample, alpha: float = 0.05, n_star: float = N_STAR) -> Bounds:
    """Bounds at level 1 - alpha, narrowest for about n_star customers of both arms; an approximation for large samples.

    With n customers, k = n·ρ² + 1 and the standard error se: half-width se·sqrt(2k / (n·ρ²) · ln(sqrt(k) / alpha)).
    Hide it below 100 customers an arm. ValueError names an alpha or n_star that is out of range.
    """
    spread = mixing_variance(between("alpha", alpha), at_least_one("n_star", n_star))
    diff, error = difference(control, treatment), standard_error(control, treatment)
    if diff is None or error is None:
        return Bounds(diff, None, None, None)
    time = (control.n + treatment.n) * spread
    k = time + 1
    half = error * sqrt(2 * k / time * log(sqrt(k) / alpha))
    evidence = time * (diff / error) * (diff / error) / (2 * k) - log(k) / 2
    return Bounds(diff, sayable(diff - half), sayable(diff + half), exp(-max(evidence, 0.0)))
