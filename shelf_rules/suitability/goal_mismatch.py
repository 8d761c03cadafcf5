"""Products that lock the money for longer than the customer's stated horizon (投资者适当性管理办法 Art 22)."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def goal_mismatch(situation: Situation) -> Bools:
    """Rows whose minimum holding, in days, exceeds the horizon; an unknown one of either does not fail."""
    horizon = situation.facts.gate.goal_horizon_days
    if horizon is None:
        return situation.catalogue.no_rows
    longer: Bools = situation.catalogue.min_hold_days > horizon
    return longer
