"""Amounts of money: numbers in units of the currency become whole minor units, or say what is wrong with them."""

from __future__ import annotations

import math

MOST_MINOR = 2**50
"""Largest amount in minor units (about 11 * 10^12 in units): up to it, binary fractions carry two decimals exactly."""

ABSOLUTE, RELATIVE = 1e-6, 2**-51
"""How far a number times 100 may lie from a whole one: in minor units, besides the rounding of the product itself."""


def minor_units(value: float) -> int | str:
    """Minor units of an amount from 0 on, or a reason: non_finite, out_of_range, too_many_decimals."""
    if not 0 <= value <= MOST_MINOR / 100:
        return "out_of_range" if -math.inf < value < math.inf else "non_finite"
    scaled = value * 100
    minor = round(scaled)
    return "too_many_decimals" if abs(scaled - minor) > ABSOLUTE + scaled * RELATIVE else minor
