"""Products that need a risk assessment, where the customer has none."""

from __future__ import annotations

from shelf_rules.assessment import is_assessed
from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def not_assessed(situation: Situation) -> Bools:
    """Rows that need an assessment, unless the customer's capacity and its date are known."""
    if is_assessed(situation.facts):
        return situation.catalogue.no_rows
    return situation.catalogue.needs_assessment
