"""How widely a normal mixture spreads its bets on effects."""

from __future__ import annotations

from math import log


def mixing_variance(alpha: float, n_star: float) -> float:
    """ρ² that makes a two-sided sequence about narrowest at n_star customers (Waudby-Smith et al. 2024, appendix)."""
    return (-2 * log(alpha) + log(1 - 2 * log(alpha))) / n_star
