"""At most one card of a group of near-duplicates on the whole shelf, and no product twice."""

from __future__ import annotations

from shelf_rules.slate import Card, Slate


def near_duplicates(slate: Slate, card: Card, _place: str) -> bool:
    """Whether nothing alike stands on the shelf: the same product, its series or its twins (domain model §2, 20).

    Where the policy does not name `duplicate_of`, only the product itself is kept from standing twice.
    """
    if card.row in slate.placed or "duplicate_of" not in slate.situation.policy.eligibility:
        return card.row not in slate.placed
    return not (slate.twins.get(card.twin, 0) or slate.series.get(card.series, 0))
