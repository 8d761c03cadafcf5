"""At most so many cards of what a rule of the policy caps."""

from __future__ import annotations

from shelf_rules.firing import caps_of, rows_of
from shelf_rules.slate import Card, Slate


def policy_cap(slate: Slate, card: Card, place: str) -> bool:
    """Whether no cap of a rule that acts is reached by the cards that already stand."""
    for cap in caps_of(slate.situation):
        meant = rows_of(slate.situation.catalogue, cap.select)
        if cap.tier in (None, place) and meant[card.row] and slate.counted(meant, cap.tier) >= cap.at_most:
            return False
    return True
