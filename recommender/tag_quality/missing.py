"""Data of tags that is missing: affinities, and customers who were covered before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recommender.tag_quality._finding import Finding
from recommender.tag_quality.drift import REFERENCE_DAYS
from recommender.tag_quality.standing import Carried, standing
from recommender.training_data import Bools, Floats, Ints

FEWEST = 30  # below which a share tells nothing
LACKING, LOST = 0.3, 0.2
"""Share of assignments without an affinity, and of the customers of ninety days ago who are not covered any more."""


def missing(carried: Carried, today: int, groups: Ints, count: int) -> list[Finding]:
    """Of `count` groups, the number of each tag's in `groups`: of every tag itself, or of its provider.

    A tag that never has an affinity says yes or no, and lacks none.
    """
    now = standing(carried, today)
    known = ~np.isnan(now.affinity)
    graded = np.isin(now.tag, now.tag[known])
    lacking, size = (_sizes(groups[now.tag[of]], count) for of in (graded & ~known, graded))
    then = standing(carried, today - REFERENCE_DAYS)
    covered, still = (np.unique(groups[part.tag] * _WIDE + part.customer) for part in (then, now))
    gone = _sizes(covered[~np.isin(covered, still)] // _WIDE, count)
    found = [*_beyond("affinity_missing", lacking, size, LACKING)]
    return [*found, *_beyond("coverage_lost", gone, _sizes(covered // _WIDE, count), LOST)]


_WIDE = 2**32


def _sizes(group: Ints, count: int) -> Floats:
    return np.bincount(group, minlength=count).astype(np.float64)


def _beyond(code: str, part: Floats, whole: Floats, bar: float) -> Iterator[Finding]:
    share = part / np.maximum(whole, 1.0)
    is_beyond: Bools = (whole >= FEWEST) & (share > bar)
    for number in np.flatnonzero(is_beyond).tolist():
        yield Finding(number, code, float(part[number]), float(whole[number]), float(share[number]), bar)
