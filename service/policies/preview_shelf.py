"""One customer's shelf beside the one under a candidate policy, as plain data, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from service.pipeline.outcome import task_id
from service.policies.comparison import Difference
from service.world import World
from shelf_rules.decision import Decision, Slot
from shelf_rules.rule import CODES


class Compared(NamedTuple):
    """A customer's shelf as it is served, as it would be, and as it is but for the draw of exploration.

    A new version draws anew: what differs between `same_draw` and `after` is what the policy does.
    """

    customer_id: str
    before: Decision
    after: Decision
    same_draw: Decision


def two_shelves(one: Compared, difference: Difference, world: World, *, by_policy: bool) -> dict[str, Any]:
    """Both shelves, which rules acted on each, and what differs."""
    return {
        "customer_id": one.customer_id,
        "changed": difference.changed,
        "changed_by_policy": by_policy,
        "mode": _both(one.before.mode, one.after.mode),
        "lifecycle": _both(one.before.stage, one.after.stage),
        "segments": _both(one.before.segments, one.after.segments),
        "rules": _both(one.before.rules, one.after.rules),
        "before": _cards(one.before, world),
        "after": _cards(one.after, world),
        "lost": _lost(difference, one.after, world),
        "withheld": _withheld(one.before.withheld, one.after.withheld),
        "withheld_by": _withheld(one.before.withheld_by, one.after.withheld_by),
    }


def _both(before: object, after: object) -> dict[str, object]:
    return {"before": before, "after": after}


def _cards(decision: Decision, world: World) -> list[dict[str, Any]]:
    return [_card(slot, world) for slot in (*decision.slots, *decision.public)]


def _card(slot: Slot, world: World) -> dict[str, Any]:
    catalogue = world.catalogue
    product_id = catalogue.product_ids[slot.row]
    return {
        "tier": slot.tier,
        "slot": slot.slot,
        "product_id": product_id,
        "title": title(world, product_id),
        "category": catalogue.categories.codes[catalogue.category.item(slot.row)],
        "reason": slot.reason,
        "task": None if slot.task is None else task_id(slot.task),
        "badge": slot.badge,
        "explored": slot.explored,
    }


def title(world: World, product_id: str) -> str:
    """What a product is called on its card."""
    found = world.records[product_id]
    return str(found["sale_name"] or found["name"] or product_id)


def _lost(difference: Difference, after: Decision, world: World) -> list[dict[str, Any]]:
    """Each card that goes, and the code that withholds it now; null: others stand before it."""
    if not difference.lost or after.codes is None:
        return []
    row_of, numbers, lost = world.catalogue.row_of, world.numbers.product, []
    for place in difference.lost:
        code = after.codes.item(row_of.item(numbers[place.product_id]))
        lost.append({"product_id": place.product_id, "withheld_by": CODES[code] if code >= 0 else None})
    return lost


def _withheld(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, dict[str, object]]:
    """How many products each code withholds, where that differs."""
    counts = {code: (before.get(code, 0), after.get(code, 0)) for code in sorted({*before, *after})}
    return {code: _both(*pair) for code, pair in counts.items() if pair[0] != pair[1]}
