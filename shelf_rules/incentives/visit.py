"""A look at the page of the category's zone."""

from __future__ import annotations

from shelf_rules.decision import Slot, TaskOffer
from shelf_rules.situation import Situation


def visit(situation: Situation, slot: Slot) -> TaskOffer | None:
    """Offered for every category: the page exists whatever is known of the customer."""
    catalogue = situation.catalogue
    return TaskOffer("visit", catalogue.categories.codes[catalogue.category.item(slot.row)])
