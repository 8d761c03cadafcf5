"""One measure of a tag as a metric: of how many carriers it is, and how many of them showed what the tag claims."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from service.reports.metric import Metric

_BOUNDED = ("precision", "truthfulness")
NAMES = (*_BOUNDED, "durability", "uniqueness", "quality")
_ROUNDING = 1e-6


def tag_metric(name: str, group: Mapping[str, str], level: Mapping[str, Any]) -> Metric:
    """A measure of a tag in a stage, or in all of them, as `tag_qualities` tells it."""
    value, of = level[name], float(level["followed" if name == "precision" else "observed"])
    low, high = (level[f"{name}_low"], level[f"{name}_high"]) if name in _BOUNDED else (None, None)
    method = "as_measured" if low is not None else "none"
    numerator = None if value is None else value * of
    unit = "share" if name == "precision" else "index"
    told = (name, group, numerator, of, value, low, high, method, "customer")
    return Metric(*told, unit=unit, customers=int(of), sides=_sides(numerator if name == "precision" else None, of))


def _sides(hits: float | None, of: float) -> tuple[int, ...]:
    """Carriers followed, those who showed what the tag claims, those who did not."""
    return (int(of),) if hits is None else (int(of), ceil(hits - _ROUNDING), ceil(of - hits - _ROUNDING))
