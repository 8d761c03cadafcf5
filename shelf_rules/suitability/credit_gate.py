"""Credit products for customers whom the bank's credit gate has not let pass."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def credit_gate(situation: Situation) -> Bools:
    """Credit rows unless the gate says pass; an unknown gate is no pass."""
    if situation.facts.gate.credit_pass:
        return situation.catalogue.no_rows
    return situation.catalogue.credit
