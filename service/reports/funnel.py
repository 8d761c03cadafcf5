"""What the shelf led to, by tier: cards served, seen and clicked, and the purchases credited to the clicks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from recommender.attribution import TIERS
from service.stores import tables
from service.stores._upsert import table

_EVENTS, _CREDITS, _DECISIONS = table(tables.Events), table(tables.Credits), table(tables.Decisions)
_PAGE = 2000
COLUMNS = ("tier", "served", "impressions", "clicks", "credited", "same_product")


class Funnel(NamedTuple):
    """Counts by tier, and the purchases of categories that no click leads to; what was cancelled in time is in none."""

    tiers: Mapping[str, Mapping[str, int]]
    unattributed: int
    cancelled: int

    @classmethod
    def read(cls, connection: Connection) -> Funnel:
        """The counts of all that is stored, as the last run of `attribute` credited it."""
        tiers: dict[str, dict[str, int]] = {tier: dict.fromkeys(COLUMNS[1:], 0) for tier in TIERS}
        served = _served(connection)
        shown = select(_EVENTS.c.kind, _EVENTS.c.tier, func.count()).where(_EVENTS.c.muted.is_(False))
        shown = shown.where(_EVENTS.c.kind.in_(("served", "impression", "click")), _EVENTS.c.tier.in_(TIERS))
        names = {"served": "served", "impression": "impressions", "click": "clicks"}
        for kind, tier, count in connection.execute(shown.group_by(_EVENTS.c.kind, _EVENTS.c.tier)):
            tiers[tier][names[kind]] += count
        kept = select(_CREDITS.c.tier, _CREDITS.c.same_product, func.count()).where(_CREDITS.c.cancelled_us.is_(None))
        unattributed = 0
        for tier, same, count in connection.execute(kept.group_by(_CREDITS.c.tier, _CREDITS.c.same_product)):
            if tier is None:
                unattributed += count
            elif tier in tiers:
                tiers[tier]["credited"] += count
                tiers[tier]["same_product"] += count if same else 0
        for tier, count in served.items():
            tiers[tier]["served"] += count
        cancelled = select(func.count()).select_from(_CREDITS).where(_CREDITS.c.cancelled_us.is_not(None))
        return cls(tiers, unattributed, connection.scalar(cancelled) or 0)

    def rows(self) -> list[tuple[object, ...]]:
        """One row a tier, in the order of `COLUMNS`."""
        return [(tier, *(counts[name] for name in COLUMNS[1:])) for tier, counts in self.tiers.items()]


def _served(connection: Connection) -> dict[str, int]:
    """Cards by tier in the decision log; a document names the tier once a card, so that none need be decoded."""
    counts = dict.fromkeys(TIERS, 0)
    marks = {tier: f'"tier":"{tier}"'.encode() for tier in TIERS}
    statement = select(_DECISIONS.c.decision_id, _DECISIONS.c.document).order_by(_DECISIONS.c.decision_id).limit(_PAGE)
    after = ""
    while page := connection.execute(statement.where(_DECISIONS.c.decision_id > after)).all():
        after = page[-1].decision_id
        for tier, mark in marks.items():
            counts[tier] += sum(bytes(document).count(mark) for _, document in page)
    return counts
