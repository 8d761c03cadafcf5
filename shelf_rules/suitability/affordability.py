"""Products whose smallest amount is beyond the customer's ability to pay (适当性管理办法 Art 12)."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def affordability(situation: Situation) -> Bools:
    """Rows whose minimum amount exceeds the ability to pay, in minor units; an unknown ability does not fail."""
    ability = None if situation.evidence is None else situation.evidence.ability
    if ability is None:
        return situation.catalogue.no_rows
    beyond: Bools = situation.catalogue.min_amount > max(ability, 0.0)
    return beyond
