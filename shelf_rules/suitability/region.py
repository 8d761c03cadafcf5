"""Products that may not be sold where the customer is (regional limits, 网络营销办法 Art 5)."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def region(situation: Situation) -> Bools:
    """Rows limited to regions of which the customer's is none; an unknown region is in no list."""
    catalogue, home = situation.catalogue, situation.facts.gate.region
    here = None if home is None else catalogue.regions.get(home)
    elsewhere: Bools = catalogue.region_limited if here is None else catalogue.region_limited & ~here
    return elsewhere
