"""The difference of two means less what the time before the experiment foretells (CUPED, Deng et al. 2013)."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.inference._spread import standard_error
from recommender.inference.estimate import Estimate
from recommender.inference.sample import CovariateSample, Sample
from recommender.inference.welch import welch


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The estimate on adjusted values, the slope taken from both arms, and the share of the variance that is left.

    `samples` are the adjusted control and treatment: a confidence sequence takes them as they are. None: no spread.
    """

    estimate: Estimate
    theta: float
    variance_left: float | None
    samples: tuple[Sample, Sample]


def cuped(control: CovariateSample, treatment: CovariateSample, alpha: float = 0.05) -> Adjusted:
    """Welch's test of value - theta·(covariate - its mean over both arms), theta that of both arms pooled.

    A covariate without any spread foretells nothing: theta is 0. ValueError: alpha is not between 0 and 1.
    """
    n, m = control.n, treatment.n
    centre = (n * control.cov_mean + m * treatment.cov_mean) / (n + m) if n + m else 0.0
    theta = _theta(control, treatment)
    one, other = control.linear(theta, centre), treatment.linear(theta, centre)
    raw, left = standard_error(control.plain(), treatment.plain()), standard_error(one, other)
    share = None if raw is None else ((left or 0.0) / raw) ** 2
    return Adjusted(welch(one, other, alpha), theta, share, (one, other))


def _theta(control: CovariateSample, treatment: CovariateSample) -> float:
    """Covariance over variance of all customers as one sample, as in tea-tasting 1.14."""
    n, m = control.n, treatment.n
    between = n * m / max(n + m, 1) * (treatment.cov_mean - control.cov_mean)
    within = max(n - 1, 0), max(m - 1, 0)
    variance = within[0] * control.cov_var + within[1] * treatment.cov_var
    variance += between * (treatment.cov_mean - control.cov_mean)
    covariance = within[0] * control.cov + within[1] * treatment.cov + between * (treatment.mean - control.mean)
    return covariance / variance if variance > 0 else 0.0
