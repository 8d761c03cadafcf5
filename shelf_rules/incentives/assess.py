"""The risk assessment, when there is none in force or it ends soon."""

from __future__ import annotations

from shelf_rules.assessment import is_in_force
from shelf_rules.decision import Slot, TaskOffer
from shelf_rules.policy import DAY_US
from shelf_rules.situation import Situation


def assess(situation: Situation, slot: Slot) -> TaskOffer | None:
    """Offered while the assessment is missing, not valid, or ends within the policy's days.

    Otherwise never: an assessment that still holds is not done again for a reward (regulation G35).
    """
    facts, regime = situation.facts, situation.regime
    lasts_us = (regime.assessment_valid_days - situation.policy.tasks.assess_days) * DAY_US
    assessed_us = facts.gate.assessed_us
    if assessed_us is not None and is_in_force(facts, regime) and facts.now_us < assessed_us + lasts_us:
        return None
    catalogue = situation.catalogue
    return TaskOffer("assess", catalogue.categories.codes[catalogue.category.item(slot.row)])
