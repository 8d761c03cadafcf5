"""Tags that nobody has looked after: old beyond what they claim, or of a provider that has fallen silent."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality._finding import Finding
from recommender.tag_quality.standing import Carried, standing
from recommender.training_data import Floats, Ints

FEWEST = 30  # assignments below which a share tells nothing
HALF_LIVES = 2.0  # after which a quarter is left
OLD = 0.5  # share of the assignments
FEWEST_GAPS = 5
USUAL = 0.9  # quantile of the days between two deliveries
SILENT = 3.0  # times the usual gap


def stale(carried: Carried, today: int, half_life: Floats, providers: Ints) -> tuple[list[Finding], list[Finding]]:
    """Findings on tags and on providers; `half_life` in days by tag (nan unknown), `providers` their numbers by tag.

    A provider delivers on the days on which something of it was assigned; with fewer than five gaps between them
    nothing is usual.
    """
    now = standing(carried, today)
    tags = np.bincount(now.tag, minlength=len(half_life)).astype(np.float64)
    is_old = today - now.day > HALF_LIVES * half_life[now.tag]
    old = np.bincount(now.tag[is_old], minlength=len(half_life)).astype(np.float64)
    share = old / np.maximum(tags, 1.0)
    aged = [
        Finding(tag, "stale", float(old[tag]), float(tags[tag]), float(share[tag]), OLD)
        for tag in np.flatnonzero((tags >= FEWEST) & (share > OLD)).tolist()
    ]
    return aged, [found for of in np.unique(providers).tolist() for found in _silence(carried, today, providers, of)]


def _silence(carried: Carried, today: int, providers: Ints, of: int) -> list[Finding]:
    days = np.unique(carried.day[(providers[carried.tag] == of) & (carried.day <= today)])
    if len(days) <= FEWEST_GAPS:
        return []
    usual, since = float(np.quantile(np.diff(days), USUAL)), float(today - days[-1])
    return [Finding(of, "silent", since, usual, since / usual, SILENT)] if since > SILENT * usual else []
