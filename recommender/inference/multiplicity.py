"""Values of p that stand for many: corrected for how many metrics or arms are looked at together."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Adjusted p in the given order: the chance of one false find among all is at most what each is compared with.

    Holm (1979). None stays None and does not count. ValueError: p holds what is not between 0 and 1.
    """
    known = _known(p)
    adjusted: list[float | None] = [None] * len(p)
    largest = 0.0
    for rank, place in enumerate(sorted(known, key=known.__getitem__)):
        largest = max(largest, min(1.0, (len(known) - rank) * known[place]))
        adjusted[place] = largest
    return adjusted


def false_discovery(p: Sequence[float | None]) -> list[float | None]:
    """Adjusted p in the given order: the share of false finds among finds is at most what each is compared with.

    Benjamini and Hochberg (1995). None stays None and does not count. ValueError: p holds what is not between 0 and 1.
    """
    from scipy import stats  # noqa: PLC0415 - a fifth of the start of every command

    known = _known(p)
    adjusted: list[float | None] = [None] * len(p)
    found = stats.false_discovery_control(np.array(list(known.values()), dtype=np.float64)) if known else ()
    for place, value in zip(known, found, strict=True):
        adjusted[place] = float(value)
    return adjusted


def _known(p: Sequence[float | None]) -> dict[int, float]:
    """By place, without those that cannot be said."""
    known = {place: float(value) for place, value in enumerate(p) if value is not None}
    if any(not isfinite(value) or not 0 <= value <= 1 for value in known.values()):
        raise ValueError("p: must lie between 0 and 1")
    return known
