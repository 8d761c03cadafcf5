"""Whether the customer's risk assessment is there, and in force at the time of the decision."""

from __future__ import annotations

from shelf_rules.facts import Facts
from shelf_rules.policy import DAY_US
from shelf_rules.regime import Regime


def is_assessed(facts: Facts) -> bool:
    """Whether a capacity and its date are known; one without the other is no assessment."""
    return facts.gate.capacity > 0 and facts.gate.assessed_us is not None


def is_expired(facts: Facts, regime: Regime) -> bool:
    """Whether the date known is `assessment_valid_days` × 24 h ago or longer, or ahead of now."""
    assessed_us = facts.gate.assessed_us
    if assessed_us is None:
        return False
    return not assessed_us <= facts.now_us < assessed_us + regime.assessment_valid_days * DAY_US


def is_in_force(facts: Facts, regime: Regime) -> bool:
    """Whether there is an assessment that still counts."""
    return is_assessed(facts) and not is_expired(facts, regime)
