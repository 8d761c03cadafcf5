"""At most so many cards of what a rule of the policy caps."""

from __future__ import annotations

from shelf_rules.slate import Card, Slate


def policy_cap(slate: Slate, card: Card, place: str) -> bool:
    """Whether no cap of a rule that acts is reached by the cards that already stand."""
    for limit in slate.caps:
        if limit.place in (None, place) and limit.rows[card.row] and slate.counted(limit) >= limit.at_most:
            return False
    return True
