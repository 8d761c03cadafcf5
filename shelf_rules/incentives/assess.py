"""The risk assessment, when there is none in force or it ends soon."""

from __future__ import annotations

from shelf_rules.decision import Slot, TaskOffer
from shelf_rules.policy import DAY_US
from shelf_rules.situation import Situation


def assess(situation: Situation, slot: Slot) -> TaskOffer | None:
    """Offered while the assessment is missing, not valid, or ends within the policy's days.

    Otherwise never: an assessment that still holds is not done again for a reward (regulation G35).
    """
    gate, now = situation.facts.gate, situation.facts.now_us
    lasts = (situation.regime.assessment_valid_days - situation.policy.tasks.assess_days) * DAY_US
    if gate.capacity and gate.assessed_us is not None and gate.assessed_us <= now < gate.assessed_us + lasts:
        return None
    catalogue = situation.catalogue
    return TaskOffer("assess", catalogue.categories.codes[catalogue.category.item(slot.row)])
