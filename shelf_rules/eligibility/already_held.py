"""Products that the customer holds, where their category is no fixed preference."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import FIXED, Situation


def already_held(situation: Situation) -> Bools:
    """Rows held now that are not in tier fixed; without evidence nothing is known to be held."""
    if situation.evidence is None:
        return situation.catalogue.no_rows
    return situation.evidence.held_products & ~situation.rows_in(FIXED)
