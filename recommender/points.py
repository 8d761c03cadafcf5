"""Points of time from which something is learnt: a customer's state at a day and what was bought after it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from recommender.cells import IS_BUY, RECENT_DAYS, Scale
from recommender.interactions import PURCHASES, Items
from recommender.states import LOOKS, Histories, States
from recommender.training_data import Eligibility, Events, Ints

FEW_ITEMS = 500  # up to here transitions are between products, beyond between categories
CELLS = 1_500_000  # how many points × products transitions are fitted on at most
_SPAN = 2**22


class Points(NamedTuple):
    """States, one a row, with the products bought after them [points, items]."""

    states: States
    bought: sparse.csr_matrix

    @property
    def by_product(self) -> bool:
        """Whether the catalogue is small enough for transitions between products."""
        return bool(self.bought.shape[1] <= FEW_ITEMS)


class CustomerDays(NamedTuple):
    """Days of customers, ordered by customer and day: those of their purchases, or one of each."""

    customer: Ints
    day: Ints

    @classmethod
    def of(cls, events: Events, items: Items, first: int, last: int) -> CustomerDays:
        """Every day from `first` to `last` on which a customer bought a known product."""
        bought = np.isin(events.kind, PURCHASES) & (events.day >= first) & (events.day <= last)
        bought &= items.rows(events.product) >= 0
        key = np.unique(events.customer[bought].astype(np.int64) * _SPAN + events.day[bought])
        return cls(key // _SPAN, key % _SPAN)

    def some(self, most: int) -> CustomerDays:
        """At most so many, evenly spaced in time."""
        if len(self.day) <= most:
            return self
        by_day = np.argsort(self.day, kind="stable")
        kept = np.sort(by_day[np.linspace(0, len(by_day) - 1, most).astype(np.int64)])
        return CustomerDays(self.customer[kept], self.day[kept])

    def newest(self) -> CustomerDays:
        """The last one of every customer."""
        last = np.append(self.customer[1:] != self.customer[:-1], True) if len(self.day) else np.empty(0, np.bool_)
        return CustomerDays(self.customer[last], self.day[last])

    def where(self, mask: Ints) -> CustomerDays:
        """Those that the mask keeps."""
        return CustomerDays(self.customer[mask], self.day[mask])


def spread(size: int, most: int) -> Ints:
    """At most so many of `size` places, evenly spaced over all."""
    return np.unique(np.linspace(0, size - 1, min(most, size)).astype(np.int64))


def points_of(histories: Histories, events: Events, items: Items, occasions: CustomerDays) -> Points:
    """The state before each occasion, at the end of the day before, and what was bought on its day."""
    states = histories.at(occasions.customer, occasions.day - 1)
    return Points(states, bought_in(events, items, occasions, days=1))


def bought_in(events: Events, items: Items, since: CustomerDays, days: int) -> sparse.csr_matrix:
    """1 for every product bought within so many days from each day on, [occasions, items]."""
    rows = items.rows(events.product)
    bought = np.flatnonzero((rows >= 0) & np.isin(events.kind, PURCHASES))
    bought = bought[np.lexsort((rows[bought], events.day[bought], events.customer[bought]))]
    key = events.customer[bought].astype(np.int64) * _SPAN + events.day[bought]
    start = since.customer.astype(np.int64) * _SPAN + since.day
    low, high = np.searchsorted(key, start), np.searchsorted(key, start + days)
    length = high - low
    row = np.repeat(np.arange(len(start)), length)
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length) + low[row]
    found = sparse.coo_matrix(
        (np.ones(len(place)), (row, rows[bought[place]])), shape=(len(start), len(items.product))
    ).tocsr()
    found.data[:] = 1.0
    return found


def eligible_on(known: Eligibility, items: Items, occasions: CustomerDays) -> sparse.csr_matrix:
    """1 for every product that could be bought on the day of each occasion, [occasions, items]."""
    own = occasions.customer.astype(np.int64) * _SPAN + occasions.day
    key, item = known.customer.astype(np.int64) * _SPAN + known.day, items.rows(known.product)
    inside = np.isin(key, own) & (item >= 0)
    row = np.searchsorted(own, key[inside])
    shape = (len(own), len(items.product))
    found = sparse.coo_matrix((np.ones(len(row)), (row, item[inside])), shape=shape).tocsr()
    found.data[:] = 1.0
    return found


def choices_of(events: Events, known: Eligibility, items: Items) -> CustomerDays:
    """Every day of a customer on which it is known what he could buy, and on which he bought some of that."""
    key = np.unique(known.customer.astype(np.int64) * _SPAN + known.day)
    days = CustomerDays(key // _SPAN, key % _SPAN)
    chosen = bought_in(events, items, days, days=1).multiply(eligible_on(known, items, days))
    return days.where(np.flatnonzero(np.diff(sparse.csr_matrix(chosen).indptr)))


def flags_of(points: Points, scale: Scale) -> sparse.csr_matrix:
    """The inputs of the transition model: had now, had before only, looked at lately; of products or categories."""
    states, by_product = points.states, points.by_product
    size = len(scale.category) if by_product else scale.categories
    own, held = (states.item, states.held_item) if by_product else (scale.category[states.item], states.held_category)
    bought, looked = IS_BUY[states.kind] & (own >= 0), np.isin(states.kind, LOOKS) & (states.age <= RECENT_DAYS)
    looked &= own >= 0
    holds = held >= 0
    now = np.unique(states.held_row[holds & states.held_now] * size + held[holds & states.held_now])
    ever = np.unique(
        np.concatenate([states.row[bought] * size + own[bought], states.held_row[holds] * size + held[holds]])
    )
    seen = np.unique(states.row[looked] * size + own[looked])
    before = np.setdiff1d(ever, now)
    cells = [(now, 0), (before, 1), (seen, 2)]
    row = np.concatenate([cell // max(size, 1) for cell, _ in cells])
    column = np.concatenate([cell % max(size, 1) + part * size for cell, part in cells])
    return sparse.coo_matrix((np.ones(len(row)), (row, column)), shape=(states.size, 3 * size)).tocsr()


def targets_of(points: Points, scale: Scale) -> sparse.csr_matrix:
    """What was bought: products, or where these are many their categories, 1 each."""
    if points.by_product:
        return points.bought
    placed = scale.category >= 0
    cells = (np.flatnonzero(placed), scale.category[placed])
    member = sparse.coo_matrix((np.ones(placed.sum()), cells), shape=(len(placed), scale.categories)).tocsr()
    found = sparse.csr_matrix(points.bought @ member)
    found.data[:] = 1.0
    return found


def tags_of(points: Points, tags: int) -> sparse.csr_matrix:
    """Tag values [points, tags]; a tag without a quality is left out."""
    states = points.states
    known = (states.tag >= 0) & (states.tag < tags) & (states.tag_value != 0)
    cells = (states.tag_row[known], states.tag[known])
    return sparse.coo_matrix((states.tag_value[known], cells), shape=(states.size, tags)).tocsr()
