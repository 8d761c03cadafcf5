"""A short course and its quiz about a category that is new to the customer."""

from __future__ import annotations

from shelf_rules.decision import Slot, TaskOffer
from shelf_rules.situation import Situation


def learn(situation: Situation, slot: Slot) -> TaskOffer | None:
    """Offered while the customer has never bought the category and does not hold it."""
    catalogue, evidence = situation.catalogue, situation.evidence
    category = catalogue.category.item(slot.row)
    if evidence is None or evidence.held[category] or evidence.occasions[category] > 0:
        return None
    return TaskOffer("learn", catalogue.categories.codes[category])
