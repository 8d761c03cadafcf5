"""What training reads: the bank's history as flat columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def _none() -> Ints:
    return np.empty(0, np.int64)


def _no_numbers() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """One entry an event, in any order.

    `customer` is an index into the customers, `product` the persistent product number and `category` the number of the
    category (-1 none), `day` the bank's day since 1970-01-01, `kind` a number of `state.KIND`, `amount` in minor units
    (-1 unknown). The caller leaves out muted events and purchases cancelled in their cooling-off days.
    """

    customer: Ints = field(default_factory=_none)
    product: Ints = field(default_factory=_none)
    category: Ints = field(default_factory=_none)
    day: Ints = field(default_factory=_none)
    kind: Ints = field(default_factory=_none)
    amount: Ints = field(default_factory=_none)

    def where(self, mask: Bools | Ints) -> Events:
        """The events that the mask keeps, or in the order of the indices."""
        columns = (self.customer, self.product, self.category, self.day, self.kind, self.amount)
        return Events(*(column[mask] for column in columns))


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Holding spells; `closed` is -1 while open, `matures` -1 without a maturity, amounts are minor units."""

    customer: Ints = field(default_factory=_none)
    product: Ints = field(default_factory=_none)
    category: Ints = field(default_factory=_none)
    opened: Ints = field(default_factory=_none)
    closed: Ints = field(default_factory=_none)
    matures: Ints = field(default_factory=_none)
    amount: Ints = field(default_factory=_none)

    def where(self, mask: Bools | Ints) -> Spells:
        """The spells that the mask keeps, or in the order of the indices."""
        columns = (self.customer, self.product, self.category, self.opened, self.closed, self.matures, self.amount)
        return Spells(*(column[mask] for column in columns))


@dataclass(frozen=True, slots=True, eq=False)
class Tags:
    """Tags of customers: days of assignment and removal (-1: not removed), affinity nan where unknown."""

    customer: Ints = field(default_factory=_none)
    tag: Ints = field(default_factory=_none)
    assigned: Ints = field(default_factory=_none)
    removed: Ints = field(default_factory=_none)
    affinity: Floats = field(default_factory=_no_numbers)

    def where(self, mask: Bools | Ints) -> Tags:
        """The tags that the mask keeps, or in the order of the indices."""
        return Tags(self.customer[mask], self.tag[mask], self.assigned[mask], self.removed[mask], self.affinity[mask])


@dataclass(frozen=True, slots=True, eq=False)
class Eligibility:
    """Which products a customer was free to buy on a day, one entry a product; nothing is known of other days."""

    customer: Ints = field(default_factory=_none)
    product: Ints = field(default_factory=_none)
    day: Ints = field(default_factory=_none)

    def where(self, mask: Bools | Ints) -> Eligibility:
        """The entries that the mask keeps."""
        return Eligibility(self.customer[mask], self.product[mask], self.day[mask])


@dataclass(frozen=True, slots=True, eq=False)
class TagQuality:
    """The quality of tags by number as it was known: the first row before all `days` (ascending), then one from each.

    A quality is measured on what customers did: one from later would tell what they are about to do.
    """

    days: Ints = field(default_factory=_none)
    values: Floats = field(default_factory=lambda: np.empty((1, 0)))  # [1 + days, tags]

    def __len__(self) -> int:
        return int(self.values.shape[1])

    def at(self, tag: Ints, day: Ints | int) -> Floats:
        """What was known of each tag at the end of a day; 0 of a tag beyond the last one."""
        tag, day = np.broadcast_arrays(tag, day)
        known = (tag >= 0) & (tag < len(self))
        found = np.zeros(len(tag))
        found[known] = self.values[np.searchsorted(self.days, day[known], side="right"), tag[known]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class TagMeanings:
    """What tags say by their definition: `claims` [tags, categories] within [-1, 1], and how fast they age, by tag.

    A claim is 1 of the tag's own category, ½ of those of a zone, below 0 of an aversion. Half-lives are days, inf
    where a tag does not age; empty: nothing is claimed and nothing ages.
    """

    claims: Floats = field(default_factory=lambda: np.empty((0, 0)))
    half_life: Floats = field(default_factory=_no_numbers)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """All that is learnt from: everything dated before or on `as_of` (a day), and nothing after it.

    The three profile columns have one entry a customer, -1 where unknown; `goal` counts into `goals`. `from_day` is the
    first day from which the events are complete. `substitution` is the prior S of the taxonomy, [categories,
    categories], rows summing to at most 1. `tag_quality` is the quality of each tag number by day.
    """

    as_of: int
    categories: int
    events: Events
    birth_year: Ints
    goal: Ints
    joined_day: Ints
    from_day: int
    substitution: Floats
    spells: Spells = field(default_factory=Spells)
    goals: tuple[str, ...] = ()
    tags: Tags = field(default_factory=Tags)
    tag_quality: TagQuality = field(default_factory=TagQuality)
    tag_meanings: TagMeanings = field(default_factory=TagMeanings)
    eligibility: Eligibility = field(default_factory=Eligibility)

    @property
    def customers(self) -> int:
        return len(self.joined_day)

    def before(self, day: int) -> Events:
        """The events of all days before `day`."""
        return self.events.where(self.events.day < day)

    def until(self, day: int) -> TrainingData:
        """The bank as it stood at the end of `day`; what ended later is still running."""
        spells = self.spells
        running = replace(spells, closed=np.where(spells.closed > day, -1, spells.closed))
        return replace(
            self,
            as_of=day,
            events=self.before(day + 1),
            spells=running.where(spells.opened <= day),
            eligibility=self.eligibility.where(self.eligibility.day <= day),
        )
