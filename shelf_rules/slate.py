"""The shelf while it is being filled: the rows placed so far and the counts that the arrangement steps ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from shelf_rules.catalogue import UNKNOWN
from shelf_rules.decision import PUBLIC, TIERS
from shelf_rules.situation import Situation

PLACES = (*TIERS, PUBLIC)
"""Where a card may stand, in the order in which unused slots flow (domain model §7)."""


class Ranking(NamedTuple):
    """The candidates of one tier, best first: catalogue rows and their scores."""

    rows: list[int]
    scores: list[float]


class Draw(NamedTuple):
    """How a card came to an exploration slot: its probability, and whether another one was the best."""

    propensity: float
    explored: bool


@dataclass(slots=True, eq=False)
class Slate:
    """A shelf in the making: `quotas` are the slots of each tier, the public zone has what they leave of `slots`."""

    situation: Situation
    slots: int
    quotas: Mapping[str, int] = field(default_factory=dict)
    rankings: Mapping[str, Ranking] = field(default_factory=dict)
    draws: dict[int, Draw] = field(default_factory=dict)  # row -> how it was drawn
    rows: dict[str, list[int]] = field(default_factory=lambda: {place: [] for place in PLACES})
    in_place: dict[tuple[str, int], int] = field(default_factory=dict)  # (place, category) -> cards
    on_shelf: dict[int, int] = field(default_factory=dict)  # category -> cards
    series: dict[int, int] = field(default_factory=dict)  # series -> cards
    twins: dict[int, int] = field(default_factory=dict)  # group of near-duplicates -> cards
    loans: dict[int, int] = field(default_factory=dict)  # zone -> credit products
    investments: dict[int, int] = field(default_factory=dict)  # zone -> investments
    placed: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.placed)

    def place(self, row: int, place: str) -> None:
        """Put the product on the next slot of the place."""
        self.rows[place].append(row)
        self.placed.add(row)
        self._count(row, place, 1)

    def take_last(self, place: str) -> int:
        """Free the last slot of the place; the row that stood there."""
        row = self.rows[place].pop()
        self.placed.remove(row)
        self._count(row, place, -1)
        return row

    def _count(self, row: int, place: str, by: int) -> None:
        catalogue = self.situation.catalogue
        category, zone = catalogue.category.item(row), catalogue.zone.item(row)
        counted = [(self.on_shelf, category)]
        if (series := catalogue.series.item(row)) != UNKNOWN:
            counted.append((self.series, series))
        if (twin := catalogue.twin.item(row)) != UNKNOWN:
            counted.append((self.twins, twin))
        if catalogue.credit.item(row):
            counted.append((self.loans, zone))
        if catalogue.investment.item(row):
            counted.append((self.investments, zone))
        for counts, key in counted:
            counts[key] = counts.get(key, 0) + by
        self.in_place[place, category] = self.in_place.get((place, category), 0) + by


Step = Callable[[Slate, int, str], bool]
"""An arrangement constraint: whether the row may take a slot of the place beside what already stands."""
