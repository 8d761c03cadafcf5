"""What is known of some whole customers, as columns: what they did, the shelves they got, the credits of purchases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.attribution import Moments
from recommender.training_data import Bools, Ints

UNKNOWN = -1
_NEVER = np.iinfo(np.int64).max
STAGES = ("acquisition", "cultivation", "value", "none")
"""The customer's stage as a shelf was decided; "none": a shelf that no profile was read for."""
MODES = ("personal", "nonpersonal", "holdout", "fallback")
KINDS = (
    "served",
    "impression",
    "click",
    "detail",
    "apply",
    "purchase",
    "top_up",
    "renewal",
    "redeem",
    "mature",
    "invite",
    "dismiss",
    "task_accepted",
    "task_done",
    "other",
)
"""Kinds of events in the order of their numbers; `other` is whatever else a customer did."""
KIND = {name: number for number, name in enumerate(KINDS)}
BOUGHT = tuple(KIND[name] for name in ("purchase", "top_up", "renewal"))


@dataclass(frozen=True, slots=True, eq=False)
class Happened:
    """One entry an event, by customer and event id; -1 is unknown, amounts are minor units, times UTC microseconds.

    `shelf` is the place of the decision that the event names among `Page.shelves`: one that the log does not know has a
    place after all of those, the same one for all events that name it.
    """

    customer: Ints
    kind: Ints
    at: Ints
    day: Ints
    arrived: Ints
    product: Ints
    category: Ints
    tier: Ints
    slot: Ints
    shelf: Ints
    amount: Ints
    invited: Bools  # whether it says who invited the customer

    def of(self, *kinds: str) -> Bools:
        """Which entries are of these kinds."""
        found: Bools = np.isin(self.kind, [KIND[kind] for kind in kinds])
        return found

    def moments(self, mask: Bools) -> Moments:
        """Entries as attribution reads them."""
        columns = (self.customer, self.category, self.product, self.at, self.day)
        rank = np.arange(len(self.at))  # entries are ordered by event id
        return Moments(*(column[mask] for column in (*columns, rank, self.tier)))


@dataclass(frozen=True, slots=True, eq=False)
class Shelves:
    """One entry a logged decision, by customer and decision id; `version` is that of the row that was read, or -1.

    `heard`: personalisation was on, so that what the customer did with the shelf may be read. `segment` is the number
    of the customer's primary value segment, or -1.
    """

    customer: Ints
    at: Ints
    day: Ints
    mode: Ints
    stage: Ints
    degraded: Bools
    segment: Ints
    version: Ints
    heard: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Cards:
    """One entry a card of a logged decision, in the order of `Shelves`; `featured`: for a rule's sake."""

    shelf: Ints
    tier: Ints
    slot: Ints
    product: Ints
    category: Ints
    task: Bools
    featured: Bools

    def where(self, mask: Bools) -> Cards:
        """The entries that the mask keeps."""
        shelf, tier, slot, product, category = (
            column[mask] for column in (self.shelf, self.tier, self.slot, self.product, self.category)
        )
        return Cards(shelf, tier, slot, product, category, self.task[mask], self.featured[mask])


@dataclass(frozen=True, slots=True, eq=False)
class Acted:
    """One entry a rule of the policy that acted on a logged decision, in the order of `Shelves`.

    `withheld` is how many products it withheld there, `pin` the product that it pins in the tier `place`, -1 where it
    pins none.
    """

    shelf: Ints
    rule: Ints
    withheld: Ints
    pin: Ints
    place: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Credited:
    """One entry a purchase that has a category, as the last run of `attribute` credited it.

    `click` is the place of the credited click among the events, -1 where there is none; `kept` says that the purchase
    was not cancelled in its cooling-off days.
    """

    customer: Ints
    kind: Ints
    at: Ints
    day: Ints
    product: Ints
    category: Ints
    amount: Ints
    kept: Bools
    click: Ints
    same: Bools
    tier: Ints


class Snapshot(NamedTuple):
    """The tier of each category on a day: 0 none, 1 fixed, 2 migratable, 3 transferable."""

    day: int
    of: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """`customers` whole customers, numbered from 0 in every column; `joined` is the day they joined, -1 unknown."""

    customers: int
    joined: Ints
    happened: Happened
    shelves: Shelves
    cards: Cards
    acted: Acted
    credited: Credited
    tiers: dict[tuple[int, int], Snapshot]
    """What the row of a (customer, version) says of tiers; a row without a snapshot is not there."""

    def first(self, customer: Ints, day: Ints) -> Ints:
        """The earliest of some days of each customer, -1 where there is none."""
        found = np.full(self.customers, _NEVER, dtype=np.int64)
        np.minimum.at(found, customer, day)
        return np.where(found == _NEVER, UNKNOWN, found)

    def having(self, customer: Ints) -> Bools:
        """Which customers are among some."""
        found: Bools = np.bincount(customer, minlength=self.customers) > 0
        return found
