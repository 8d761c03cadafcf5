"""What the differences between many pairs of shelves add up to, told in full or so that it tells of nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.policies.comparison import Difference, Outcome
from service.reports._suppression import MIN_CUSTOMERS

Cell = tuple[str, str, str]
"""Table, row and column of a count."""

_SIDES, _CHANGES = ("before", "after"), ("before", "after", "gained", "lost")
OF_CUSTOMERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "modes": ("mode", _SIDES),
    "stages": ("stage", _SIDES),
    "segments": ("segment", _SIDES),
    "rules": ("rule", _SIDES),
}
"""Tables that count customers: what their rows are called, and their columns."""
OF_THINGS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "tiers": ("tier", _CHANGES),
    "categories": ("category", _CHANGES),
    "products": ("product_id", _CHANGES),
    "moves": ("between", ("cards",)),
    "tasks": ("task_id", _CHANGES),
    "withheld": ("code", _SIDES),
    "withheld_by_rule": ("rule", _SIDES),
}
"""The same of tables that count cards, tasks or products withheld."""


class Effects:
    """Counts over customers; of everything how many there are, and of how many customers."""

    def __init__(self, category_of: Callable[[str], str]) -> None:
        self._category_of = category_of
        self._things: Counter[Cell] = Counter()
        self._customers: Counter[Cell] = Counter()
        self.customers = self.changed = self.reordered = 0

    def add(self, before: Outcome, after: Outcome, difference: Difference) -> None:
        """Count one customer."""
        self.customers += 1
        self.changed += difference.changed
        self.reordered += any(move.tier == move.to_tier for move in difference.moved)
        things = Counter(_changes(difference))
        for outcome, side in ((before, "before"), (after, "after")):
            things.update(_said(outcome, side))
            things.update(self._shown(outcome, side))
            for table, told in (("withheld", "withheld"), ("withheld_by_rule", "withheld_by")):
                things.update({(table, code, side): number for code, number in outcome[told].items()})
        self._things.update(things)
        self._customers.update(things.keys())

    def document(self, *, coarse: bool = False) -> dict[str, Any]:
        """The counts as plain data, the rows with most changes first.

        `coarse`: every count is of customers and told in tens; of one to nine it is null.
        """
        whole = {"customers": self.customers, "changed": self.changed, "reordered": self.reordered}
        told: dict[str, Any] = {name: coarsely(number) for name, number in whole.items()} if coarse else dict(whole)
        for name in (*OF_CUSTOMERS, *OF_THINGS):
            told[name] = [self._row(name, key, coarse=coarse) for key in self._keys(name, coarse=coarse)]
        for row in told["moves"]:
            row["from"], row["to"] = row.pop("between").split(" ")
        return told

    def _shown(self, outcome: Outcome, side: str) -> Iterator[Cell]:
        for card in outcome["slots"]:
            yield "tiers", card["tier"], side
            yield "categories", self._category_of(card["product_id"]), side
            yield "products", card["product_id"], side
            if card["task"] is not None:
                yield "tasks", card["task"]["task_id"], side

    def _keys(self, name: str, *, coarse: bool) -> list[str]:
        """The rows of a table; the order of a coarse one says nothing of its counts."""
        changes: Counter[str] = Counter()
        for table, key, column in self._things:
            if table == name:
                changes[key] += self._things[table, key, column] * (column in {"gained", "lost", "cards"})
        return sorted(changes, key=lambda key: (0 if coarse else -changes[key], key))

    def _row(self, name: str, key: str, *, coarse: bool) -> dict[str, Any]:
        label, columns = OF_CUSTOMERS.get(name) or OF_THINGS[name]
        cells = {column: (name, key, column) for column in columns}
        if coarse:
            return {label: key} | {column: coarsely(self._customers[cell]) for column, cell in cells.items()}
        row: dict[str, Any] = {label: key} | {column: self._things[cell] for column, cell in cells.items()}
        if name in OF_THINGS:
            row["customers"] = {column: self._customers[cell] for column, cell in cells.items()}
        return row


def coarsely(customers: int) -> int | None:
    """A number of customers in tens, None where there are fewer than ten of them but not none."""
    return None if 0 < customers < MIN_CUSTOMERS else customers // MIN_CUSTOMERS * MIN_CUSTOMERS


def _said(outcome: Outcome, side: str) -> Iterator[Cell]:
    """What a shelf is, and which rules acted on it."""
    yield "modes", outcome["mode"], side
    if outcome["stage"] is not None:
        yield "stages", outcome["stage"], side
    for table in ("segments", "rules"):
        for name in outcome[table]:
            yield table, name, side


def _changes(difference: Difference) -> Iterator[Cell]:
    """Cards and tasks that only one of the shelves has; a card that moves to another tier is new to that tier."""
    for places, column in ((difference.gained, "gained"), (difference.lost, "lost")):
        for place in places:
            yield "products", place.product_id, column
            yield "categories", place.category, column
            yield "tiers", place.tier, column
    for move in difference.moved:
        if move.tier != move.to_tier:
            yield "moves", f"{move.tier} {move.to_tier}", "cards"
            yield "tiers", move.tier, "lost"
            yield "tiers", move.to_tier, "gained"
    for tasks, column in ((difference.tasks_gained, "gained"), (difference.tasks_lost, "lost")):
        for task in tasks:
            yield "tasks", task, column
