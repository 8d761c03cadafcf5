"""Products from which the money comes back later than the customer's stated need."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.situation import Situation


def liquidity_mismatch(situation: Situation) -> Bools:
    """Rows whose days to cash exceed the need; an unknown need or liquidity does not fail, an unknown maturity does."""
    need = situation.facts.gate.goal_liquidity_days
    if need is None:
        return situation.catalogue.no_rows
    later: Bools = situation.catalogue.days_to_cash > need
    return later
