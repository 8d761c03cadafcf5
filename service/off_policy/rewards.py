"""What came of cards, by the decision and the place on which they stood: a click, or a purchase credited to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select

from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import Store

Reward = Literal["click", "purchase"]
Place = tuple[str, str, int]
"""Decision, tier, slot."""
_EVENTS, _CREDITS = table(tables.Events), table(tables.Credits)


def rewarded(store: Store, customers: Sequence[str], decisions: Sequence[str], reward: Reward) -> set[Place]:
    """The cards of some decisions of these customers that were clicked, or that a purchase is credited to.

    A card counts once, however often it was clicked; a purchase that was taken back does not count.
    """
    read = _EVENTS if reward == "click" else _CREDITS
    kept = _EVENTS.c.kind == "click" if reward == "click" else _CREDITS.c.cancelled_us.is_(None)
    whose = read.c.customer_id.in_(set(customers)), read.c.decision_id.in_(decisions), read.c.tier.is_not(None)
    statement = select(read.c.decision_id, read.c.tier, read.c.slot).where(kept, *whose)
    with store.connect() as connection:
        return {(row[0], row[1], row[2]) for row in connection.execute(statement)}
