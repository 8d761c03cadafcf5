"""The public zone shows what many customers bought, the same to everybody who may see it."""

from __future__ import annotations

from collections.abc import Iterator

from shelf_rules.arrangement.tier_quota import tier_quota
from shelf_rules.catalogue import Bools
from shelf_rules.decision import PUBLIC
from shelf_rules.popular import rows_by_popularity
from shelf_rules.situation import Situation
from shelf_rules.slate import Slate, Step


def public_zone(slate: Slate, rows: Bools, steps: tuple[Step, ...]) -> None:
    """Fill the slots that the tiers left with the most popular of `rows` that keep every one of `steps`.

    The zones take turns in the order of their most popular product, one card a turn, until the slots are full; the
    cards then stand grouped by zone in the order of domain model §14, the more popular first.
    """
    room = tier_quota(slate, PUBLIC)
    if room <= 0:
        return
    queues = _queues(slate.situation, rows)
    while room > 0 and queues:
        for queue in tuple(queues[:room]):
            row = next((row for row in queue if slate.admits(row, PUBLIC, steps)), None)
            if row is None:
                queues.remove(queue)
            else:
                slate.place(row, PUBLIC)
                room -= 1
    _group(slate)


def _queues(situation: Situation, rows: Bools) -> list[Iterator[int]]:
    """The rows of each zone by popularity; first the zone of the most popular row."""
    ordered = rows_by_popularity(situation, rows)
    queues: dict[int, list[int]] = {}
    for row, zone in zip(ordered.tolist(), situation.catalogue.zone[ordered].tolist(), strict=True):
        queues.setdefault(zone, []).append(row)
    return [iter(queue) for queue in queues.values()]


def _group(slate: Slate) -> None:
    catalogue, popularity = slate.situation.catalogue, slate.situation.facts.scores.popularity
    slate.rows[PUBLIC].sort(
        key=lambda row: (catalogue.zone.item(row), -popularity.item(row), catalogue.id_rank.item(row))
    )
