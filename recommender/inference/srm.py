"""Do the arms hold the customers that they should? Sample ratio mismatch, at all looks at once.

The evidence is the Bayes factor of shares drawn from a Dirichlet around the expected ones against exactly these; it is
an e-process, so it may be looked at whenever one likes (Lindon and Malek 2022, "Anytime-valid inference for multinomial
count data"). An alarm once raised stays one: whoever looks repeatedly keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, gammaln, logsumexp

from recommender.inference._checked import above_zero, between

CONCENTRATIONS = (1_000.0, 20.0)
"""The first finds small mismatches among many customers, the second gross ones among few; their mean is as valid."""
Epoch = Sequence[float] | NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Srm:
    """The natural logarithm of the Bayes factor, its p, that of chi-squared (for one look), and the alarm.

    The logarithm is None where no number is large enough: customers stand in an arm of share 0.
    """

    log_bayes_factor: float | None
    p: float
    chi2_p: float
    is_alarm: bool


def srm(
    counts: Epoch | Sequence[Epoch],
    shares: Epoch | Sequence[Epoch],
    alpha: float = 0.001,
    concentrations: Sequence[float] = CONCENTRATIONS,
) -> Srm:
    """Customers by arm against the weights that share them out; of several allocation epochs, one sequence each.

    The Bayes factor is the mean of those of the concentrations. Weights need not add up to 1. Evidence of epochs
    multiplies, of each concentration by itself; chi-squared and its degrees of freedom add up.
    ValueError names counts or shares that are below 0, not finite, or do not fit each other.
    """
    between("alpha", alpha)
    for concentration in concentrations:
        above_zero("concentrations", concentration)
    found, weights = _epochs("counts", counts), _epochs("shares", shares)
    if [len(epoch) for epoch in found] != [len(epoch) for epoch in weights]:
        raise ValueError("shares: must be as many as counts, epoch by epoch")
    if any((number[share == 0] > 0).any() for number, share in zip(found, weights, strict=True)):
        return Srm(None, 0.0, 0.0, is_alarm=True)
    evidences, statistic, degrees = np.zeros(len(concentrations)), 0.0, 0
    for number, share in zip(found, weights, strict=True):
        expected = share[share > 0] / share.sum()
        evidences += [_log_bayes_factor(number[share > 0], expected, one) for one in concentrations]
        statistic += _chi2(number[share > 0], expected)
        degrees += len(expected) - 1
    chi2_p = float(chdtrc(degrees, statistic)) if degrees else 1.0
    evidence = float(logsumexp(evidences) - log(len(evidences)))
    p = exp(-max(evidence, 0.0))
    return Srm(evidence, p, chi2_p, is_alarm=p <= alpha)


def _epochs(name: str, given: Epoch | Sequence[Epoch]) -> list[NDArray[np.float64]]:
    if len(given) == 0:
        raise ValueError(f"{name}: at least one arm")
    several = cast(Sequence[Epoch], given) if np.ndim(given[0]) else [cast(Epoch, given)]
    epochs = [np.asarray(epoch, dtype=np.float64) for epoch in several]
    for epoch in epochs:
        if not len(epoch) or not np.isfinite(epoch).all() or (epoch < 0).any():
            raise ValueError(f"{name}: must be finite numbers that are not below 0, one an arm")
        if name == "shares" and not epoch.sum() > 0:
            raise ValueError("shares: must not all be 0")
    return epochs


def _log_bayes_factor(counts: NDArray[np.float64], expected: NDArray[np.float64], concentration: float) -> float:
    prior = concentration * expected
    of_arms = gammaln(counts + prior) - gammaln(prior) - counts * np.log(expected)
    return float(gammaln(concentration) - gammaln(counts.sum() + concentration) + of_arms.sum())


def _chi2(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Pearson's statistic; 0 without customers."""
    meant = counts.sum() * expected
    return float(((counts - meant) ** 2 / meant).sum()) if counts.sum() else 0.0
