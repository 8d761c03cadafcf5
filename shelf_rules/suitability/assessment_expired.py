"""Products that need a risk assessment, where the customer's is no longer valid or dated ahead."""

from __future__ import annotations

from shelf_rules.assessment import is_expired
from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def assessment_expired(situation: Situation) -> Bools:
    """Rows that need an assessment, where the one that is known does not hold at `now`."""
    if is_expired(situation.facts, situation.regime):
        return situation.catalogue.needs_assessment
    return situation.catalogue.no_rows
