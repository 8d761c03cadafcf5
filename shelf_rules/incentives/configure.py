"""A goal or a reminder, set up by the customer."""

from __future__ import annotations

from shelf_rules.decision import Slot, TaskOffer
from shelf_rules.situation import Situation


def configure(situation: Situation, slot: Slot) -> TaskOffer | None:
    """Offered while the customer has stated no goal, or when money for the category comes due."""
    catalogue, evidence = situation.catalogue, situation.evidence
    category = catalogue.category.item(slot.row)
    due = evidence is not None and evidence.maturity[category] > 0
    if situation.facts.gate.goal_horizon_days is not None and not due:
        return None
    return TaskOffer("configure", catalogue.categories.codes[category])
