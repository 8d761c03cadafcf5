"""A share of the cards stands outside the category with the most cards."""

from __future__ import annotations

from math import ceil

from shelf_rules.slate import Slate


def spread(slate: Slate, row: int, _place: str) -> bool:
    """Whether the row's category may have one more card on a full shelf (R30, domain model §7).

    The customer's top category is the one with the most cards on the shelf, the public zone included.
    """
    category = slate.situation.catalogue.category.item(row)
    outside = ceil(slate.situation.policy.arrangement.outside_top_share * slate.slots - 1e-9)
    return slate.on_shelf.get(category, 0) < slate.slots - outside
