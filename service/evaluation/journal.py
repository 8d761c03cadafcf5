"""What a folder says, as flat columns with customers and products numbered: more than the matrices of models need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from recommender.evaluation.dataset import Dataset, HoldingSpells, Marks
from recommender.interactions import PURCHASES
from recommender.training_data import Bools, Ints


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Happenings:
    """One entry an event; -1 where there is no product, category, amount or cancelling time (UTC microseconds)."""

    customer: Ints = field(default_factory=_none)
    item: Ints = field(default_factory=_none)
    category: Ints = field(default_factory=_none)
    kind: Ints = field(default_factory=_none)
    time: Ints = field(default_factory=_none)
    amount: Ints = field(default_factory=_none)
    undone: Ints = field(default_factory=_none)

    def where(self, mask: Bools) -> Happenings:
        """The entries that the mask keeps."""
        columns = (self.customer, self.item, self.category, self.kind, self.time, self.amount, self.undone)
        return Happenings(*(column[mask] for column in columns))


@dataclass(frozen=True, slots=True, eq=False)
class HeldSpells:
    """One entry a holding spell; -1 where there is no end, maturity or amount."""

    customer: Ints = field(default_factory=_none)
    item: Ints = field(default_factory=_none)
    opened: Ints = field(default_factory=_none)
    closed: Ints = field(default_factory=_none)
    matures: Ints = field(default_factory=_none)
    amount: Ints = field(default_factory=_none)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """One entry a customer, undated: year of birth, day of joining (since 1970) and goal, -1 unknown."""

    birth_year: Ints
    joined_day: Ints
    goal: Ints
    goals: tuple[str, ...] = ()

    @classmethod
    def unknown(cls, customers: int) -> People:
        """Nothing known of anybody."""
        return cls(np.full(customers, -1), np.full(customers, -1), np.full(customers, -1))


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """A folder: ids in the order of their text, the category of each product, all rows, and notes for the reader."""

    name: str
    customers: tuple[str, ...]
    products: tuple[str, ...]
    category: Ints
    categories: Mapping[str, int]
    events: Happenings = field(default_factory=Happenings)
    spells: HeldSpells = field(default_factory=HeldSpells)
    snapshots: Marks = field(default_factory=Marks)
    eligibility: Marks = field(default_factory=Marks)
    baskets: Marks = field(default_factory=Marks)
    test_customers: Ints | None = None
    people: People | None = None
    notes: tuple[str, ...] = ()

    def dataset(self) -> Dataset:
        """What baselines and rankings are made of, by the clock."""
        events, spells = self.events, self.spells
        bought = np.isin(events.kind, PURCHASES) & (events.item >= 0)
        return Dataset(
            customers=len(self.customers),
            items=len(self.products),
            purchases=Marks(events.customer[bought], events.item[bought], events.time[bought]),
            undone=events.undone[bought],
            snapshots=self.snapshots,
            spells=HoldingSpells(spells.customer, spells.item, spells.opened, spells.closed),
            eligibility=self.eligibility,
        )

    def in_order(self) -> Dataset:
        """The baskets alone, by their numbers."""
        return Dataset(
            customers=len(self.customers),
            items=len(self.products),
            purchases=self.baskets,
            undone=np.full(len(self.baskets), -1),
            clocked=False,
        )
