"""At most one card of a group of near-duplicates on the whole shelf, and no product twice."""

from __future__ import annotations

from shelf_rules.slate import Slate


def near_duplicates(slate: Slate, row: int, _place: str) -> bool:
    """Whether nothing alike stands on the shelf: the same product, its series or its twins (domain model §2, 20).

    Where the policy does not name `duplicate_of`, only the product itself is kept from standing twice.
    """
    if row in slate.placed or "duplicate_of" not in slate.situation.policy.eligibility:
        return row not in slate.placed
    catalogue = slate.situation.catalogue
    alike = slate.twins.get(catalogue.twin.item(row), 0) or slate.series.get(catalogue.series.item(row), 0)
    return not alike
