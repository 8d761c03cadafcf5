"""Is a guardrail broken? A one-sided test of harm beyond what is tolerated, valid at all looks at once.

The bets on the harm are spread as a half-normal, so the evidence against "no worse than tolerated" is the mixture

    e = 2 / sqrt(k) · exp(z² / 2) · Φ(z),   z = ρ·sqrt(n / k) · (harm - tolerance) / se,   k = n·ρ² + 1.

Every single bet exp(λ·S - λ²·n / 2) with λ >= 0 is a supermartingale for each harm up to the tolerance, hence so is the
mixture, and by Ville's inequality e reaches 1 / alpha with probability alpha at most, however often one looks
(Robbins 1970; Howard et al. 2021, "Time-uniform Chernoff bounds", the one-sided normal mixture). For large samples the
same holds with the estimated se (Waudby-Smith et al. 2024, whose closed bound is a little wider than this exact one).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Literal

from scipy.optimize import brentq
from scipy.special import log_ndtr

from recommender.inference._checked import at_least_one, at_least_zero, between, sayable
from recommender.inference._mixture import mixing_variance
from recommender.inference._spread import difference, standard_error
from recommender.inference.confidence_sequence import N_STAR
from recommender.inference.sample import Sample

Harm = Literal["rise", "fall"]
"""Which way the metric goes when things get worse."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Treatment - control, what it is at least (harm is a rise) or at most (a fall), and whether that is too much.

    `p` is that of "no worse than tolerated". None: it cannot be said. A breach once found stays one: whoever looks
    repeatedly keeps it.
    """

    diff: float | None
    bound: float | None
    is_breached: bool
    p: float | None


def one_sided(
    control: Sample,
    treatment: Sample,
    tolerance: float,
    harm: Harm = "rise",
    alpha: float = 0.05,
    *,
    n_star: float = N_STAR,
) -> Breach:
    """Whether the harm exceeds `tolerance` >= 0, an absolute difference in the metric's unit, at level alpha.

    ValueError names a tolerance, harm, alpha or n_star that is out of range.
    """
    at_least_zero("tolerance", tolerance)
    if harm not in {"rise", "fall"}:
        raise ValueError(f"harm: must be rise or fall, not {harm}")
    spread = mixing_variance(min(2 * between("alpha", alpha), 0.999), at_least_one("n_star", n_star))
    diff, error = difference(control, treatment), standard_error(control, treatment)
    if diff is None or error is None:
        return Breach(diff, None, is_breached=False, p=None)
    time = (control.n + treatment.n) * spread
    k, sign = time + 1, 1 if harm == "rise" else -1
    excess = (sign * diff - tolerance) / error
    p = exp(-max(_log_evidence(excess * sqrt(time / k), k), 0.0))
    bound = sign * (sign * diff - error * sqrt(k / time) * _threshold(k, alpha))
    return Breach(diff, sayable(bound), is_breached=p <= alpha, p=p)


def _log_evidence(z: float, k: float) -> float:
    if z < -30:
        return -log(k) / 2  # it is below this; no evidence either way
    return log(2) - log(k) / 2 + z * z / 2 + float(log_ndtr(z))


def _threshold(k: float, alpha: float) -> float:
    """The z at which the evidence, which rises with z, reaches 1 / alpha; Φ(z) lies between 1/2 and 1 there."""
    most = sqrt(2 * log(sqrt(k) / alpha))
    return float(brentq(lambda z: _log_evidence(z, k) + log(alpha), 0.0, most + 1e-9, xtol=1e-14))
