"""How many customers an arm needs to show a given uplift of a rate."""

from __future__ import annotations

from math import ceil, sqrt

from scipy.special import ndtri


def sample_size_per_arm(base: float, uplift: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Customers per arm for a two-sided test of the rate `base` against base·(1 + uplift), unpooled under H1."""
    other = base * (1 + uplift)
    middle = (base + other) / 2
    under_null = float(ndtri(1 - alpha / 2)) * sqrt(2 * middle * (1 - middle))
    under_change = float(ndtri(power)) * sqrt(base * (1 - base) + other * (1 - other))
    return ceil(((under_null + under_change) / (base - other)) ** 2)
