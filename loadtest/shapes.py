"""How many callers there are at a time of the run, as a share of the most."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping


def steady(share: float) -> float:
    """Everybody from the start to the end."""
    return 1.0


def spike(share: float) -> float:
    """A third of the callers, and all of them in the middle fifth: a push message to everybody."""
    return 1.0 if 0.4 <= share < 0.6 else 1 / 3


def day(share: float) -> float:
    """A day of the app, from midnight to midnight: quiet nights, peaks at noon and at eight in the evening."""
    hour = 24 * share
    peaks = (0.7 * math.exp(-(((hour - 12) / 3) ** 2)), math.exp(-(((hour - 20) / 2.5) ** 2)))
    return min(1.0, 0.1 + 0.9 * max(peaks))


SHAPES: Mapping[str, Callable[[float], float]] = {"steady": steady, "spike": spike, "day": day}


def users_at(shape: str, share: float, most: int) -> int:
    """Callers at a share of the run from 0 to 1, at least one; KeyError for a shape that there is not."""
    return max(1, round(SHAPES[shape](min(share, 1.0)) * most))
