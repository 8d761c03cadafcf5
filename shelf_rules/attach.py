"""Which cards carry a task, and of which kind: only what the law allows for the category, never in tier fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from shelf_rules.decision import Slot, TaskOffer
from shelf_rules.incentives.assess import assess
from shelf_rules.incentives.compare import compare
from shelf_rules.incentives.configure import configure
from shelf_rules.incentives.learn import learn
from shelf_rules.incentives.visit import visit
from shelf_rules.reasons import FEATURED
from shelf_rules.situation import Situation

Incentive = Callable[[Situation, Slot], TaskOffer | None]

KINDS: Mapping[str, Incentive] = {
    "learn": learn,
    "compare": compare,
    "assess": assess,
    "configure": configure,
    "visit": visit,
}
"""Every task kind that a policy may name."""


def attach(situation: Situation, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    """The same slots in the same order, at most `per_shelf` of them with a task and at most one task a category.

    What the bank has placed itself carries none. The first slots of both tiers come first, migratable before
    transferable. A kind that the shelf already has goes last (novelty). What the incentive matrix does not allow for
    the category's zone is never offered (regulation §4).
    """
    if not situation.policy.tasks.offered:
        return slots
    offers: dict[int, TaskOffer] = {}
    used: set[str] = set()
    about: set[str] = set()
    for at in sorted(range(len(slots)), key=lambda at: slots[at].slot):
        if len(offers) >= situation.policy.tasks.per_shelf:
            break
        if slots[at].reason == FEATURED and not slots[at].parts:
            continue
        offer = _offer(situation, slots[at], used)
        if offer is not None and offer.category not in about:
            offers[at] = offer
            used.add(offer.kind)
            about.add(offer.category)
    return tuple(replace(slot, task=offers[at]) if at in offers else slot for at, slot in enumerate(slots))


def _offer(situation: Situation, slot: Slot, used: set[str]) -> TaskOffer | None:
    tasks, categories = situation.policy.tasks, situation.catalogue.categories
    preferred = {"migratable": tasks.migratable, "transferable": tasks.transferable}.get(slot.tier, ())
    zone = categories.zones[categories.zone.item(situation.catalogue.category.item(slot.row))]
    allowed = situation.regime.incentives.get(zone, frozenset())
    for kind in sorted(preferred, key=used.__contains__):
        if kind in allowed and kind in KINDS and (offer := KINDS[kind](situation, slot)) is not None:
            return offer
    return None
