"""At most so many cards of one category in a tier or in the public zone."""

from __future__ import annotations

from shelf_rules.slate import Slate


def category_cap(slate: Slate, row: int, place: str) -> bool:
    """Whether the row's category has fewer cards in `place` than the policy's cap (domain model §7)."""
    category = slate.situation.catalogue.category.item(row)
    return slate.in_place.get((place, category), 0) < slate.situation.policy.arrangement.category_cap
