"""Products laid side by side where the customer has something to compare them with."""

from __future__ import annotations

from shelf_rules.decision import Slot, TaskOffer
from shelf_rules.situation import Situation


def compare(situation: Situation, slot: Slot) -> TaskOffer | None:
    """Offered with present evidence of the category: a holding, a maturity, interest, or money held elsewhere."""
    catalogue, evidence = situation.catalogue, situation.evidence
    category = catalogue.category.item(slot.row)
    if evidence is None:
        return None
    present = (evidence.maturity[category], evidence.external[category], evidence.intent[category])
    if not evidence.held[category] and max(present) <= 0:
        return None
    return TaskOffer("compare", catalogue.categories.codes[category])
