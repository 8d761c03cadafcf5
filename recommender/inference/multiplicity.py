"""Values of p that stand for many: corrected for how many metrics or arms are looked at together."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Adjusted p in the given order: the chance of one false find among all is at most what each is compared with.

    Holm (1979). None stays None and counts as 1. ValueError: p holds what is not between 0 and 1.
    """
    counted = _counted(p)
    adjusted: list[float | None] = [None] * len(p)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=counted.__getitem__)):
        largest = max(largest, min(1.0, (len(p) - rank) * counted[place]))
        adjusted[place] = None if p[place] is None else largest
    return adjusted


def false_discovery(p: Sequence[float | None]) -> list[float | None]:
    """Adjusted p in the given order: the share of false finds among finds is at most what each is compared with.

    Benjamini and Hochberg (1995). None stays None and counts as 1. ValueError: p holds what is not between 0 and 1.
    """
    from scipy import stats  # noqa: PLC0415 - a fifth of the start of every command

    counted = _counted(p)
    found = stats.false_discovery_control(np.array(counted, dtype=np.float64)) if counted else ()
    return [None if one is None else float(value) for one, value in zip(p, found, strict=True)]


def _counted(p: Sequence[float | None]) -> list[float]:
    """With 1 for those that cannot be said."""
    counted = [1.0 if value is None else float(value) for value in p]
    if any(not isfinite(value) or not 0 <= value <= 1 for value in counted):
        raise ValueError("p: must lie between 0 and 1")
    return counted
