"""Products of categories that may only be shown with the customer's separate consent (个人信息保护法 Art 28)."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def consent_scope(situation: Situation) -> Bools:
    """Rows of a category whose consent scope is not in force."""
    catalogue, scopes = situation.catalogue, situation.facts.gate.scopes
    unasked = catalogue.no_rows
    for code, scope in situation.regime.scopes_needed.items():
        number = catalogue.categories.number.get(code)
        if number is not None and scope not in scopes:
            unasked = unasked | (catalogue.category == number)
    return unasked
