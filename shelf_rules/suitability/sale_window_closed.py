"""Products outside their sale window [from, until)."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def sale_window_closed(situation: Situation) -> Bools:
    """Rows whose sale has not begun or is over; an unknown end of the window is open."""
    catalogue, now_us = situation.catalogue, situation.facts.now_us
    closed: Bools = (now_us < catalogue.sale_from) | (now_us >= catalogue.sale_until)
    return closed
