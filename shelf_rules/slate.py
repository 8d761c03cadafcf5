"""The shelf while it is being filled: the rows placed so far and the counts that the arrangement steps ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from shelf_rules.catalogue import UNKNOWN, Bools, Catalogue
from shelf_rules.decision import PUBLIC, TIERS, DrawnSlot
from shelf_rules.firing import caps_of, rows_of
from shelf_rules.situation import Situation

PLACES = (*TIERS, PUBLIC)
"""Where a card may stand, in the order in which unused slots flow (domain model §7)."""


class Ranking(NamedTuple):
    """The candidates of one tier, best first: catalogue rows and their scores."""

    rows: list[int]
    scores: list[float]


class Card(NamedTuple):
    """A product as the arrangement sees it: its row and what it must not meet."""

    row: int
    category: int
    zone: int
    series: int
    twin: int
    credit: bool
    investment: bool


@lru_cache(maxsize=2)
def _cards(catalogue: Catalogue) -> list[Card]:
    """The products of a catalogue, one a row."""
    at = catalogue
    columns = (at.category, at.zone, at.series, at.twin, at.credit, at.investment)
    told = zip(*(column.tolist() for column in columns), strict=True)
    return [Card(row, *values) for row, values in enumerate(told)]


class Limit(NamedTuple):
    """At most so many cards among these rows, in one place or on the whole shelf."""

    rows: Bools
    place: str | None
    at_most: int


class Draw(NamedTuple):
    """How a card came to an exploration slot: its probability, and whether another one was the best."""

    propensity: float
    explored: bool


Given = Mapping[tuple[str, int], int]
"""(tier, slot) -> the row that an exploration slot shows in place of its draw, where it could have been drawn."""


@dataclass(slots=True, eq=False)
class Slate:
    """A shelf in the making: `quotas` are the slots of each tier, the public zone has what they leave of `slots`."""

    situation: Situation
    slots: int
    quotas: Mapping[str, int] = field(default_factory=dict)
    rankings: Mapping[str, Ranking] = field(default_factory=dict)
    given: Given = field(default_factory=dict)
    draws: dict[int, Draw] = field(default_factory=dict)  # row -> how it was drawn
    drawn: list[DrawnSlot] = field(default_factory=list)  # the same with what else could have been drawn
    rows: dict[str, list[int]] = field(default_factory=lambda: {place: [] for place in PLACES})
    in_place: dict[tuple[str, int], int] = field(default_factory=dict)  # (place, category) -> cards
    on_shelf: dict[int, int] = field(default_factory=dict)  # category -> cards
    series: dict[int, int] = field(default_factory=dict)  # series -> cards
    twins: dict[int, int] = field(default_factory=dict)  # group of near-duplicates -> cards
    loans: dict[int, int] = field(default_factory=dict)  # zone -> credit products
    investments: dict[int, int] = field(default_factory=dict)  # zone -> investments
    placed: set[int] = field(default_factory=set)
    pinned: dict[int, int] = field(default_factory=dict)  # row -> its slot
    cards: list[Card] = field(init=False)  # of every row
    caps: tuple[Limit, ...] = field(init=False)  # of the policy's rules that act

    def __post_init__(self) -> None:
        self.cards = _cards(self.situation.catalogue)
        caps, catalogue = caps_of(self.situation), self.situation.catalogue
        self.caps = tuple(Limit(rows_of(catalogue, cap.select), cap.tier, cap.at_most) for cap in caps)

    def __len__(self) -> int:
        return len(self.placed)

    def card(self, row: int) -> Card:
        """The product of a row."""
        return self.cards[row]

    def admits(self, row: int, place: str, steps: tuple[Step, ...]) -> bool:
        """Whether every step lets the row take a slot of the place."""
        card = self.cards[row]
        for step in steps:  # a loop, not all(…): this is asked dozens of times a shelf  # noqa: SIM110
            if not step(self, card, place):
                return False
        return True

    def place(self, row: int, place: str) -> None:
        """Put the product on the next slot of the place."""
        self.rows[place].append(row)
        self.placed.add(row)
        self._count(self.card(row), place, 1)

    def free(self, place: str) -> list[int]:
        """The cards of the place that no rule has pinned."""
        return [row for row in self.rows[place] if row not in self.pinned]

    def counted(self, limit: Limit) -> int:
        """The cards that a limit counts."""
        placed = self.placed if limit.place is None else self.rows[limit.place]
        return sum(limit.rows.item(row) for row in placed)

    def seat(self) -> None:
        """Give what is pinned its slot, as far as there are cards before it; all others keep their order."""
        for place, rows in self.rows.items():
            seated = self.free(place)
            for row in sorted((row for row in rows if row in self.pinned), key=self.pinned.__getitem__):
                seated.insert(self.pinned[row] - 1, row)
            self.rows[place] = seated

    def next_slot(self, place: str) -> int:
        """The slot on which the next card of the place will stand once all are seated."""
        slot = len(self.free(place)) + 1
        for pinned in sorted(self.pinned[row] for row in self.rows[place] if row in self.pinned):
            slot += pinned <= slot
        return slot

    def take_last(self, place: str) -> int:
        """Free the last slot of the place that is not pinned; the row that stood there."""
        row = self.free(place)[-1]
        self.rows[place].remove(row)
        self.placed.remove(row)
        self._count(self.card(row), place, -1)
        return row

    def _count(self, card: Card, place: str, by: int) -> None:
        at = (place, card.category)
        self.in_place[at] = self.in_place.get(at, 0) + by
        self.on_shelf[card.category] = self.on_shelf.get(card.category, 0) + by
        if card.series != UNKNOWN:
            self.series[card.series] = self.series.get(card.series, 0) + by
        if card.twin != UNKNOWN:
            self.twins[card.twin] = self.twins.get(card.twin, 0) + by
        if card.credit:
            self.loans[card.zone] = self.loans.get(card.zone, 0) + by
        if card.investment:
            self.investments[card.zone] = self.investments.get(card.zone, 0) + by


Step = Callable[[Slate, Card, str], bool]
"""An arrangement constraint: whether the card may take a slot of the place beside what already stands."""
