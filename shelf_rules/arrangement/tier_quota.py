"""The slots of each tier, and how unused ones flow from fixed over migratable and transferable to the public zone."""

from __future__ import annotations

from shelf_rules.slate import PLACES, Slate


def tier_quota(slate: Slate, place: str) -> int:
    """The slots that `place` may still fill, its own and those that flowed to it (domain model §7).

    No place takes what a later one already uses: the cards up to each place never exceed the slots up to it.
    """
    quota, cards, room = 0, 0, slate.slots
    reached = False
    for at in PLACES:
        quota = slate.slots if at == PLACES[-1] else quota + slate.quotas.get(at, 0)
        cards += len(slate.rows[at])
        reached = reached or at == place
        if reached:
            room = min(room, quota - cards)
    return room
