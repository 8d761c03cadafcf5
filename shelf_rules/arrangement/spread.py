"""A share of the cards stands outside the category with the most cards."""

from __future__ import annotations

from math import ceil

from shelf_rules.slate import Card, Slate


def spread(slate: Slate, card: Card, _place: str) -> bool:
    """Whether the card's category may have one more card on a full shelf (R30, domain model §7).

    The customer's top category is the one with the most cards on the shelf, the public zone included.
    """
    outside = ceil(slate.situation.policy.arrangement.outside_top_share * slate.slots - 1e-9)
    return slate.on_shelf.get(card.category, 0) < slate.slots - outside
