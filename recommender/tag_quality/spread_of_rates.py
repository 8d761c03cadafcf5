"""How unlike customers of the same preference are in how often it shows: the shape of a gamma over their rates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar

from recommender.tag_quality._negative_binomial import rate_of, shown_after
from recommender.tag_quality.repeats import RANKS, Repeats

USUAL = 1.3
"""Where too few claims tell: half of the rates lie between 0.37 and 1.37 of their mean."""
LEAST, MOST = 0.3, 50.0
FEWEST_REPEATS, FEWEST_CLAIMS = 20, 3


def spread_of_rates(claims: Sequence[tuple[Repeats, float]]) -> float:
    """The shape with which repeats after the second sign foretell those after the third and fourth, over all claims.

    Each claim with the mean life of its preference in days. Who has shown more signs shows the next one sooner, the
    more so the smaller the shape (negative binomial counts: Ehrenberg 1959).
    """
    telling = [(repeats, repeats.behind(life)) for repeats, life in claims if repeats.again[1] >= FEWEST_REPEATS]
    if len(telling) < FEWEST_CLAIMS:
        return USUAL

    def misfit(log_shape: float) -> float:
        return sum(_misfit(repeats, behind, float(np.exp(log_shape))) for repeats, behind in telling)

    found = minimize_scalar(misfit, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))


def _misfit(claim: Repeats, behind: float, shape: float) -> float:
    """Squared error of the counts after the third and fourth sign over their binomial variance."""
    rate, total = rate_of(claim.again[:1], claim.followed[:1], shape, behind), 0.0
    for place in range(1, len(RANKS)):
        expected = float(claim.followed[place] @ shown_after(rate, shape, RANKS[place], behind))
        customers = max(float(claim.followed[place].sum()), 1.0)
        total += (claim.again[place] - expected) ** 2 / max(expected * (1 - expected / customers), 1.0)
    return float(total)
