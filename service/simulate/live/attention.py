"""How far down a page customers look: the nearer to the top a card stands, the likelier it is seen."""

from __future__ import annotations

import numpy as np

from service.simulate.chance import Floats, Ints

FIRST, NEXT = 0.95, 0.9
PLACES = 9
"""Cards of a usual page."""


def attention(place: Ints) -> Floats:
    """The chance that a customer sees the card at a place (1 = top of the page; tiers in order, then slots)."""
    return np.asarray(FIRST * NEXT ** (place - 1.0), dtype=np.float64)
