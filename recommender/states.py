"""What is known of customers at a day, cut out of the whole history or read from one state: the input of the ranker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.interactions import PURCHASES, Items
from recommender.profile.state import EVENTS_MAX, INTENT_KINDS, KIND
from recommender.training_data import Bools, Floats, Ints, TagQuality, TrainingData

LOOKS = np.array([KIND[name] for name in sorted(INTENT_KINDS | {"click"})])
KEPT = np.concatenate([LOOKS, PURCHASES, [KIND["apply"]]])  # the kinds that the state's product events hold
# Fewer than the state keeps: what a state has dropped for the sake of cancelled purchases must not be missed here.
EVENTS_READ = 3 * EVENTS_MAX // 4
_SPAN = 2**22  # days: more than any day number

Entries = TypeVar("Entries", Ints, NDArray[np.void])


class States(NamedTuple):
    """What is known of `size` customers, each at a day of its own; one entry an event, a spell or a tag.

    `row` numbers the customers from 0, `item` the products of a model; ages and terms are days. A spell has item -1
    where the model does not know its product, `due` is -1 without a maturity ahead.
    """

    size: int
    tenure: Ints  # [size] days since joining, -1 unknown
    row: Ints
    item: Ints
    kind: Ints
    age: Ints
    amount: Ints
    held_row: Ints
    held_item: Ints
    held_category: Ints
    held_now: Bools
    due: Ints
    tag_row: Ints
    tag: Ints
    tag_value: Floats


class Past(NamedTuple):
    """The parts of one customer's state that the ranker may read, each left empty where a consent closes it."""

    events: NDArray[np.void]  # product, kind, day, amount: the newest ones
    spells: NDArray[np.void]  # category, product, opened, closed, matures
    tags: Ints  # tag numbers
    tag_values: Floats  # affinity × quality of each, halved with age
    joined_day: int = -1


def states_of(pasts: Sequence[Past], item_of: Ints, today: int) -> States:
    """The states of some customers (at least one) at request time, each what it would be alone.

    `item_of` maps a product number to the item, its last entry is -1.
    """
    last = len(item_of) - 1
    row, events = _joined([past.events for past in pasts])
    item = item_of[np.minimum(events["product"], last)]
    age = today - events["day"].astype(np.int64)
    known = np.flatnonzero((item >= 0) & (age >= 0))
    if np.bincount(row[known], minlength=1).max() > EVENTS_READ:  # within a day in the order of `Histories`
        columns = (events["amount"], item, events["kind"], -age)
        known = np.concatenate([_newest(known[row[known] == number], columns) for number in range(len(pasts))])
    events = events[known]
    held_row, spells = _joined([past.spells[past.spells["opened"] <= today] for past in pasts])
    product, matures = spells["product"], spells["matures"].astype(np.int64)
    tag_row, tags = _joined([past.tags for past in pasts])
    joined = np.array([past.joined_day for past in pasts], dtype=np.int64)
    return States(
        len(pasts),
        _tenure(joined, today),
        row[known],
        item[known],
        events["kind"],
        age[known],
        events["amount"],
        held_row,
        np.where(product >= 0, item_of[np.minimum(product, last)], -1),
        spells["category"].astype(np.int64),
        _held(spells["closed"], matures, today),
        np.where(matures > today, matures - today, -1),
        tag_row,
        tags,
        np.concatenate([past.tag_values for past in pasts]),
    )


def _joined(parts: Sequence[Entries]) -> tuple[Ints, Entries]:
    """The entries one part after the other, and the number of the part each belongs to."""
    return np.repeat(np.arange(len(parts)), [len(part) for part in parts]), np.concatenate(parts)


def _tenure(joined: Ints, today: Ints | int) -> Ints:
    """Days since joining, -1 where it is unknown or still to come."""
    return np.where((joined >= 0) & (joined <= today), today - joined, -1)


def _newest(known: Ints, columns: tuple[Ints, ...]) -> Ints:
    if len(known) <= EVENTS_READ:
        return known
    return known[np.lexsort([column[known] for column in columns])[-EVENTS_READ:]]


def _held(closed: Ints, matures: Ints, today: Ints | int) -> Bools:
    """Whether a spell runs at the end of `today`: neither closed nor past its maturity."""
    running = ((closed < 0) | (closed > today)) & ((matures < 0) | (matures > today))
    return np.asarray(running, dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """All that happened, ordered by customer and day, from which the state at any day is cut."""

    customer: Ints
    item: Ints
    kind: Ints
    day: Ints
    amount: Ints
    spell_customer: Ints
    spell_item: Ints
    spell_category: Ints
    opened: Ints
    closed: Ints
    matures: Ints
    tag_customer: Ints
    tag: Ints
    assigned: Ints
    removed: Ints
    affinity: Floats
    joined: Ints  # [customers]
    quality: TagQuality = field(repr=False)
    tag_half_life: Floats = field(repr=False)
    event_key: Ints = field(repr=False)
    spell_key: Ints = field(repr=False)

    @classmethod
    def of(cls, data: TrainingData, items: Items) -> Histories:
        """The events that a state keeps, of products that the items know; every spell and tag."""
        events, spells, tags = data.events, data.spells, data.tags
        rows = items.rows(events.product)
        kept = np.flatnonzero((rows >= 0) & np.isin(events.kind, KEPT))
        order = kept[np.lexsort([one[kept] for one in (events.amount, rows, events.kind, events.day, events.customer)])]
        held = np.lexsort((spells.closed, spells.matures, spells.product, spells.opened, spells.customer))
        tagged = np.lexsort((tags.tag, tags.assigned, tags.customer))
        customer, day = events.customer[order].astype(np.int64), events.day[order].astype(np.int64)
        owner, opened = spells.customer[held].astype(np.int64), spells.opened[held].astype(np.int64)
        return cls(
            customer, rows[order], events.kind[order], day, events.amount[order],
            owner, items.rows(spells.product[held]), spells.category[held].astype(np.int64), opened,
            spells.closed[held], spells.matures[held].astype(np.int64),
            tags.customer[tagged].astype(np.int64), tags.tag[tagged].astype(np.int64), tags.assigned[tagged],
            tags.removed[tagged], tags.affinity[tagged], data.joined_day.astype(np.int64), data.tag_quality,
            data.tag_meanings.half_life,
            customer * _SPAN + day, owner * _SPAN + opened,
        )  # fmt: skip

    def at(self, customers: Ints, days: Ints, newest: Ints | None = None) -> States:
        """The state of each customer at the end of its day; of `newest` only so many events and spells, the newest."""
        customers, days = customers.astype(np.int64), days.astype(np.int64)
        low = np.searchsorted(self.event_key, customers * _SPAN)
        high = np.searchsorted(self.event_key, customers * _SPAN + days, side="right")
        row, place = ranges(np.maximum(low, high - EVENTS_READ), high)
        first = np.searchsorted(self.spell_key, customers * _SPAN)
        last = np.searchsorted(self.spell_key, customers * _SPAN + days, side="right")
        held_row, held = ranges(first, last)
        if newest is not None:
            owner, day = np.concatenate([row, held_row]), np.concatenate([self.day[place], self.opened[held]])
            kept = _newest_of(owner, day, newest)
            row, place, kept_spells = row[kept[: len(row)]], place[kept[: len(row)]], kept[len(row) :]
            held_row, held = held_row[kept_spells], held[kept_spells]
        then, matures = days[held_row], self.matures[held]
        tag_row, tag = self._tags(customers, days)
        value = _weighed(self.affinity[tag], self.quality.at(self.tag[tag], days[tag_row]))
        value *= _freshness(self.tag[tag], days[tag_row] - self.assigned[tag], self.tag_half_life)
        return States(
            len(customers), _tenure(self.joined[customers], days),
            row, self.item[place], self.kind[place], days[row] - self.day[place], self.amount[place],
            held_row, self.spell_item[held], self.spell_category[held], _held(self.closed[held], matures, then),
            np.where(matures > then, matures - then, -1), tag_row, self.tag[tag], value,
        )  # fmt: skip

    def _tags(self, customers: Ints, days: Ints) -> tuple[Ints, Ints]:
        low = np.searchsorted(self.tag_customer, customers)
        high = np.searchsorted(self.tag_customer, customers, side="right")
        row, place = ranges(low, high)
        removed = self.removed[place]
        there = (self.assigned[place] <= days[row]) & ((removed < 0) | (removed > days[row]))
        return row[there], place[there]


def tag_values(tag: Ints, affinity: Floats, age: Ints, quality: Floats, half_life: Floats) -> Floats:
    """Affinity × quality × 2^(-age/half-life) of each tag, ages in days; `quality` and `half_life` by tag number.

    An unknown affinity counts 1, a tag without a quality 0; one without a half-life does not age (domain model §8).
    """
    known = (tag >= 0) & (tag < len(quality))
    trusted = np.zeros(len(tag))
    trusted[known] = quality[tag[known]]
    return _weighed(affinity, trusted) * _freshness(tag, age, half_life)


def _freshness(tag: Ints, age: Ints, half_life: Floats) -> Floats:
    fresh = np.ones(len(tag))
    aging = np.flatnonzero((tag >= 0) & (tag < len(half_life)))
    fresh[aging] = np.exp2(-age[aging] / half_life[tag[aging]])
    return fresh


def _weighed(affinity: Floats, quality: Floats) -> Floats:
    return np.asarray(np.where(np.isnan(affinity), 1.0, affinity) * quality, dtype=np.float64)


def _newest_of(owner: Ints, day: Ints, most: Ints) -> Bools:
    """Which entries are among so many newest ones of their owner, `most` by owner."""
    order = np.lexsort((np.arange(len(owner)), day, owner))
    count = np.bincount(owner, minlength=len(most))
    after = np.cumsum(count)[owner[order]] - np.arange(len(order)) - 1  # how many of the owner come later
    kept = np.empty(len(owner), np.bool_)
    kept[order] = after < most[owner[order]]
    return kept


def ranges(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """All places from `low` to `high` of every row, with the row each belongs to."""
    length = np.maximum(high - low, 0)
    row = np.repeat(np.arange(len(length)), length)
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length) + low[row]
    return row, place
