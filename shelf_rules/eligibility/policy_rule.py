"""Products that a rule of the policy withholds from this shelf."""

from __future__ import annotations

from shelf_rules.catalogue import Bools
from shelf_rules.firing import withheld_by_rules
from shelf_rules.situation import Situation


def policy_rule(situation: Situation) -> Bools:
    """Rows that a when/then rule withholds here and now, or that this placement has no place for."""
    return withheld_by_rules(situation)
