"""A data set to be evaluated on, as flat columns, and the one place where its future is cut off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from recommender.training_data import Bools, Ints

DAY_US = 86_400_000_000


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Customers, products and times, one entry a row of a file: what was bought, held or allowed.

    `customer` and `item` count from 0 in the order of their ids as text, so that the item number itself breaks the last
    tie. `time` is UTC microseconds, or the number of the basket where a source has no clock.
    """

    customer: Ints = field(default_factory=_none)
    item: Ints = field(default_factory=_none)
    time: Ints = field(default_factory=_none)

    def where(self, mask: Bools | Ints) -> Marks:
        """The entries that the mask keeps, or in the order of the indices."""
        return Marks(self.customer[mask], self.item[mask], self.time[mask])

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True, eq=False)
class HoldingSpells:
    """Holdings with their days of opening and closing as UTC microseconds; `closed` is -1 while open."""

    customer: Ints = field(default_factory=_none)
    item: Ints = field(default_factory=_none)
    opened: Ints = field(default_factory=_none)
    closed: Ints = field(default_factory=_none)

    def before(self, time: int) -> HoldingSpells:
        """Those opened before a time; what was closed at it or later reads as open."""
        kept = self.opened < time
        closed = self.closed[kept]
        return HoldingSpells(
            self.customer[kept], self.item[kept], self.opened[kept], np.where(closed >= time, -1, closed)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """All that a folder says of purchases, holdings and eligibility.

    `undone` has one entry a purchase: when it was cancelled, -1 never. `clocked` is false for baskets in order alone.
    """

    customers: int
    items: int
    purchases: Marks
    undone: Ints
    snapshots: Marks = field(default_factory=Marks)
    spells: HoldingSpells = field(default_factory=HoldingSpells)
    eligibility: Marks = field(default_factory=Marks)
    clocked: bool = True

    def before(self, time: int) -> Dataset:
        """What may be learned from: nothing dated at `time` or after it, but the snapshots of that very time."""
        purchases = (self.purchases.time < time) & ((self.undone < 0) | (self.undone >= time))
        return replace(
            self,
            purchases=self.purchases.where(purchases),
            undone=np.full(int(purchases.sum()), -1),
            snapshots=self.snapshots.where(self.snapshots.time <= time),
            spells=self.spells.before(time),
            eligibility=self.eligibility.where(self.eligibility.time < time),
        )

    @property
    def knows_holdings(self) -> bool:
        """Whether anything says what customers hold."""
        return len(self.snapshots) > 0 or len(self.spells.customer) > 0
