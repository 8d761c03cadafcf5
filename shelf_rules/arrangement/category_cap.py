"""At most so many cards of one category in a tier or in the public zone."""

from __future__ import annotations

from shelf_rules.slate import Card, Slate


def category_cap(slate: Slate, card: Card, place: str) -> bool:
    """Whether the card's category has fewer cards in `place` than the policy's cap (domain model §7)."""
    return slate.in_place.get((place, card.category), 0) < slate.situation.policy.arrangement.category_cap
