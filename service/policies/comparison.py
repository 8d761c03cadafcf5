"""What differs between two outcomes of one request, and what many such differences add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from shelf_rules.catalogue import Catalogue

Outcome = Mapping[str, Any]
"""As `service.pipeline.outcome.outcome` makes it."""

_WHOLE = ("mode", "stage", "overlay", "assessment")


class Place(msgspec.Struct, frozen=True):
    """Where a product stands: its tier (`public` outside the three) and slot."""

    product_id: str
    category: str
    tier: str
    slot: int


class Move(msgspec.Struct, frozen=True):
    """A product that stands elsewhere: in another tier, or in another slot of its tier."""

    product_id: str
    category: str
    tier: str
    slot: int
    to_tier: str
    to_slot: int


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is other in the second of two outcomes; `changed` is whether the customer would see it.

    `gained` and `lost` stand on one of the two shelves only, `moved` on both. `restated` has another reason or badge.
    `withheld` is, by code, how many products more the second one withholds; `withheld_by` the same by rule of the
    policy. `whole` names what is other of the shelf as a whole: its mode, lifecycle stage, overlay or assessment card.
    """

    changed: bool = False
    gained: tuple[Place, ...] = ()
    lost: tuple[Place, ...] = ()
    moved: tuple[Move, ...] = ()
    restated: tuple[str, ...] = ()
    tasks_gained: tuple[str, ...] = ()
    tasks_lost: tuple[str, ...] = ()
    withheld: dict[str, int] = {}
    withheld_by: dict[str, int] = {}
    whole: tuple[str, ...] = ()


def category_finder(catalogue: Catalogue) -> Callable[[str], str]:
    """The code of a product's category by its id, "" for a product that the catalogue lacks."""
    codes, numbers = catalogue.categories.codes, catalogue.category.tolist()
    found = {product: codes[number] for product, number in zip(catalogue.product_ids, numbers, strict=True)}
    return lambda product_id: found.get(product_id, "")


def compare(before: Outcome, after: Outcome, category_of: Callable[[str], str]) -> Difference:
    """What the second outcome shows and withholds otherwise than the first; scores that show nowhere do not count."""
    was, now = _cards(before), _cards(after)
    gained = tuple(_place(card, category_of) for product, card in now.items() if product not in was)
    lost = tuple(_place(card, category_of) for product, card in was.items() if product not in now)
    stays = [(card, now[product]) for product, card in was.items() if product in now]
    moved = tuple(_move(card, again, category_of) for card, again in stays if _where(card) != _where(again))
    restated = tuple(card["product_id"] for card, again in stays if _said(card) != _said(again))
    tasks_gained, tasks_lost = _tasks(after) - _tasks(before), _tasks(before) - _tasks(after)
    whole = tuple(name for name in _WHOLE if before[name] != after[name])
    seen = (gained, lost, moved, restated, tasks_gained, tasks_lost, whole)
    return Difference(
        changed=any(seen) or _task_places(before) != _task_places(after),
        gained=gained,
        lost=lost,
        moved=moved,
        restated=restated,
        tasks_gained=tuple(sorted(tasks_gained.elements())),
        tasks_lost=tuple(sorted(tasks_lost.elements())),
        withheld=_withheld(before["withheld"], after["withheld"]),
        withheld_by=_withheld(before["withheld_by"], after["withheld_by"]),
        whole=whole,
    )


class Aggregate:
    """What many differences add up to, whatever their order."""

    def __init__(self) -> None:
        self._shelves: Counter[str] = Counter()
        self._by_product: dict[str, Counter[str]] = {}
        self._by_tier: dict[str, Counter[str]] = {}
        self._by_category: dict[str, Counter[str]] = {}
        self._moves: Counter[tuple[str, str]] = Counter()
        self._withheld: dict[str, Counter[str]] = {}
        self._withheld_by: dict[str, Counter[str]] = {}
        self._tasks: dict[str, Counter[str]] = {}
        self._whole: Counter[str] = Counter()

    def add(self, difference: Difference) -> None:
        """Count one difference."""
        self._shelves["compared"] += 1
        self._shelves["changed"] += difference.changed
        self._shelves["reordered"] += any(move.tier == move.to_tier for move in difference.moved)
        self._shelves["restated"] += bool(difference.restated)
        self._whole.update(difference.whole)
        self._moves.update((move.tier, move.to_tier) for move in difference.moved if move.tier != move.to_tier)
        self._count("gained", difference.gained, difference.tasks_gained)
        self._count("lost", difference.lost, difference.tasks_lost)
        _sum(self._withheld, difference.withheld)
        _sum(self._withheld_by, difference.withheld_by)

    def _count(self, what: str, places: Sequence[Place], tasks: Sequence[str]) -> None:
        for place in places:
            _one_more(self._by_product, place.product_id, what)
            _one_more(self._by_tier, place.tier, what)
            _one_more(self._by_category, place.category, what)
        for task in tasks:
            _one_more(self._tasks, task, what)

    def document(self) -> dict[str, Any]:
        """The sums as plain data, in tables as a preview has them, where most changes come first.

        `withheld` says on how many shelves a code withholds another number of products, and how many more in all;
        `withheld_by_rule` the same of the policy's own rules.
        """
        moves = sorted(self._moves.items(), key=lambda row: (-row[1], row[0]))
        return {
            **{name: self._shelves[name] for name in ("compared", "changed", "reordered", "restated")},
            "whole": dict(sorted(self._whole.items())),
            "tiers": _rows("tier", self._by_tier),
            "categories": _rows("category", self._by_category),
            "products": _rows("product_id", self._by_product),
            "moves": [{"from": tier, "to": to, "cards": cards} for (tier, to), cards in moves],
            "withheld": _rows("code", self._withheld),
            "withheld_by_rule": _rows("rule", self._withheld_by),
            "tasks": _rows("task_id", self._tasks),
        }


def _cards(outcome: Outcome) -> dict[str, Mapping[str, Any]]:
    """Product -> card; no product stands twice on a shelf."""
    return {card["product_id"]: card for card in outcome["slots"]}


def _where(card: Mapping[str, Any]) -> tuple[str, int]:
    return card["tier"], card["slot"]


def _said(card: Mapping[str, Any]) -> tuple[str, str | None]:
    return card["reason"], card["badge"]


def _place(card: Mapping[str, Any], category_of: Callable[[str], str]) -> Place:
    return Place(card["product_id"], category_of(card["product_id"]), *_where(card))


def _move(card: Mapping[str, Any], again: Mapping[str, Any], category_of: Callable[[str], str]) -> Move:
    return Move(card["product_id"], category_of(card["product_id"]), *_where(card), *_where(again))


def _tasks(outcome: Outcome) -> Counter[str]:
    return Counter(card["task"]["task_id"] for card in outcome["slots"] if card["task"] is not None)


def _task_places(outcome: Outcome) -> dict[str, str]:
    """Product -> the task on its card."""
    return {card["product_id"]: card["task"]["task_id"] for card in outcome["slots"] if card["task"] is not None}


def _withheld(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    more = {code: after.get(code, 0) - before.get(code, 0) for code in sorted({*before, *after})}
    return {code: number for code, number in more.items() if number}


def _one_more(counts: dict[str, Counter[str]], key: str, what: str) -> None:
    counts.setdefault(key, Counter(gained=0, lost=0))[what] += 1


def _sum(counts: dict[str, Counter[str]], more: Mapping[str, int]) -> None:
    for key, products in more.items():
        counts.setdefault(key, Counter()).update(shelves=1, products=products)


def _rows(label: str, counts: Mapping[str, Counter[str]]) -> list[dict[str, Any]]:
    """One row a key, the largest sum first."""
    keys = sorted(counts, key=lambda key: (-sum(map(abs, counts[key].values())), key))
    return [{label: key, **counts[key]} for key in keys]
