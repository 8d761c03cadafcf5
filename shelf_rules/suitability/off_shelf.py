"""Products that are off the shelf, or suspended since the catalogue was built."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def off_shelf(situation: Situation) -> Bools:
    """Rows whose status is not on_shelf, and rows suspended for this decision."""
    missing: Bools = ~situation.catalogue.on_shelf
    if situation.facts.suspended is not None:
        missing |= situation.facts.suspended
    return missing
