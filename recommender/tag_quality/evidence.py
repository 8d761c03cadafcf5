"""What tags are measured on: columns of what customers did, as of one day."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from recommender.tag_quality.net_new_money import Movements
from recommender.training_data import Bools, Floats, Ints

NEVER = -1
OPEN = -1


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Purchased:
    """Purchases that count, one entry each: `weight` is 1 organic, 0.3 with a task, 1/propensity for an explored card.

    Left out are those that were cancelled in time and those of an exposure that the evidence does not admit.
    """

    customer: Ints = field(default_factory=_none)
    category: Ints = field(default_factory=_none)
    day: Ints = field(default_factory=_none)
    weight: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Intervals [opened, ended) in days, one entry each: holdings, or parts of them; `ended` is -1 while open."""

    customer: Ints = field(default_factory=_none)
    category: Ints = field(default_factory=_none)
    opened: Ints = field(default_factory=_none)
    ended: Ints = field(default_factory=_none)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """N customers whose consents open all of this, K tags, C categories; days are days of the bank.

    `stage` is a number of `STAGES`; `claims` says for which categories a tag claims a preference (none: a feature);
    `assigned` is the day of the standing assignment, -1 without; `family` the number of the competing categories;
    `free` are the intervals of the holdings in which they could be left; `money` is what moved within the year,
    roll-overs left out; `external` the net money from outside over the same year, minor units, nan unknown; `looks`
    are intent events that no card and no task prompted, `cards` the personal ones shown: for a week after them nothing
    of competing categories counts. `joined` is the day on which each became a customer, `watched`
    whether their looks may be read; without them everybody always was and is. Who has `deleted` a tag is neither a
    carrier of it nor somebody without it. `lapsed` are assignments that the service itself has taken back: they were
    given on what was known, and leaving them out afterwards would leave out those of whom it proved wrong.
    """

    as_of: int
    stage: Ints  # [N]
    claims: Bools  # [K, C]
    polarity: Floats  # [K]
    assigned: Ints  # [N, K]
    family: Ints  # [C]
    half_life: Floats  # [C]
    purchases: Purchased
    held: Held
    free: Held
    money: Movements
    external: Floats  # [N]
    looks: Purchased = field(default_factory=Purchased)
    joined: Ints = field(default_factory=_none)  # [N], -1 unknown
    watched: Bools = field(default_factory=lambda: np.empty(0, np.bool_))  # [N]
    deleted: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))  # [·, customer and tag]
    lapsed: Ints = field(default_factory=lambda: np.empty((0, 3), np.int64))  # [·, customer, tag and day of assignment]
    cards: Purchased = field(default_factory=Purchased)

    @property
    def customers(self) -> int:
        return len(self.stage)

    def untagged(self, tag: int) -> Bools:
        """Who never was a carrier of a tag, [N]."""
        without = self.assigned[:, tag] == NEVER
        without[self.deleted[self.deleted[:, 1] == tag, 0]] = False
        without[self.lapsed[self.lapsed[:, 1] == tag, 0]] = False
        return np.asarray(without, dtype=np.bool_)

    def given(self, tag: int) -> Ints:
        """The day on which each customer was given a tag, [N], -1 never: of what was taken back the first."""
        days = self.assigned[:, tag].astype(np.int64)
        own = self.lapsed[self.lapsed[:, 1] == tag]
        far = np.iinfo(np.int64).max
        first = np.full(len(days), far)
        np.minimum.at(first, own[:, 0], own[:, 2])
        days = np.where(first < far, first, days)
        days[self.deleted[self.deleted[:, 1] == tag, 0]] = NEVER
        return days

    def rivals(self, tag: int) -> Bools:
        """The categories that compete with what a tag claims: its families; all where it claims a whole family, [C]."""
        rivals = np.isin(self.family, np.unique(self.family[self.claims[tag]]))
        return np.ones_like(rivals) if self.claims[tag][rivals].all() else rivals

    @property
    def tags(self) -> int:
        return len(self.polarity)
