"""Credit products for customers who are overdue or flagged for fraud."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def overdue_or_fraud_flag(situation: Situation) -> Bools:
    """Credit rows where either flag is set."""
    gate = situation.facts.gate
    if gate.overdue or gate.fraud_flag:
        return situation.catalogue.credit
    return situation.catalogue.no_rows
