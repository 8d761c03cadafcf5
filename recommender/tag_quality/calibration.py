"""How well what was known of the carriers of each tag foretold what they then showed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import betaln

from recommender.tag_quality.beta_prior import beta_prior
from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.training_data import Bools, Floats, Ints

WINDOW_DAYS = 90
FEWEST = 60  # carriers with an occasion in the window
BINS = 5
Z95 = 1.645  # one-sided


class Calibration(NamedTuple):
    """By tag, nan unknown: expected calibration error, less what chance gives, and its lower 95 % bound.

    `carriers` with an occasion that competes within the last ninety days are behind it; `shown`: those of them who
    showed the claim. Each is foretold from all that was known of the carriers before, as the measured truth is: a
    Beta(a, b) of the tag's carriers and the own x of n (domain.md §11) give the chance of a hit in m occasions,
    1 − B(a + x, b + n − x + m) / B(a + x, b + n − x).
    """

    error: Floats
    low: Floats
    carriers: Floats
    shown: Floats

    @classmethod
    def of(cls, evidence: Evidence) -> Calibration:
        """Of every tag that claims something."""
        found = np.full((4, evidence.tags), np.nan)
        for tag in np.flatnonzero(evidence.claims.any(axis=1)).tolist():
            predicted, shown = _foretold(evidence, tag)
            if len(predicted) >= FEWEST:
                found[:, tag] = *_error(predicted, shown), len(shown), shown.sum()
        return cls(*found)


def _foretold(evidence: Evidence, tag: int) -> tuple[Floats, Floats]:
    """Of the carriers with an occasion in the window: the chance of showing the claim in it, and whether they did."""
    bought, cut = evidence.purchases, evidence.as_of - WINDOW_DAYS
    since = evidence.assigned[:, tag].astype(np.int64)[bought.customer]
    followed = (since != NEVER) & (since <= cut) & (bought.day > since) & (bought.weight > 0)
    taken = followed & evidence.rivals(tag)[bought.category]
    customer, weight = bought.customer[taken], bought.weight[taken]
    hit, early = evidence.claims[tag][bought.category[taken]], bought.day[taken] <= cut

    def sums(of: Bools, each: Floats) -> Floats:
        return np.asarray(np.bincount(customer[of], each[of], evidence.customers))

    n, x = sums(early, weight), sums(early & hit, weight)
    later, shown = (sums(~early & of, np.ones(len(hit))) for of in (np.ones(len(hit), np.bool_), hit))
    if not (n > 0).any():
        return np.empty(0), np.empty(0)
    a, b = beta_prior(x, n)
    who = np.flatnonzero(later > 0)
    first, second = a + x[who], b + n[who] - x[who]
    return -np.expm1(betaln(first, second + later[who]) - betaln(first, second)), (shown[who] > 0).astype(np.float64)


def _error(predicted: Floats, shown: Floats) -> tuple[float, float]:
    """Mean distance in bins of equal counts; that of a perfect forecast is a normal one's of the bins' variances."""
    bins: list[Ints] = np.array_split(np.argsort(predicted, kind="stable"), BINS)
    size = np.array([len(one) for one in bins], dtype=np.float64)
    gap = np.array([abs(float(shown[one].mean() - predicted[one].mean())) for one in bins])
    variance = np.array([float((predicted[one] * (1 - predicted[one])).sum()) for one in bins]) / size**2
    share = size / size.sum()
    error = float(share @ (gap - np.sqrt(2 / np.pi * variance)))
    return error, error - Z95 * float(np.sqrt(share**2 @ variance))
