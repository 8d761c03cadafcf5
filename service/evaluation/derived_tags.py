"""Tags derived from a data set's purchases: each product or category is one, given with its first purchase."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from recommender.interactions import PURCHASES
from recommender.occasions import Occasions
from recommender.profile.state import KIND
from recommender.training_data import Bools, Events, Ints
from service.calendar import DAY_US
from service.evaluation.journal import Journal

FAR = 2**40  # a day after every other: that of a held-back basket


class Trials(NamedTuple):
    """What is counted of one tag, one entry an occasion: whose it was, whether it was in the category, when."""

    customer: Ints
    hit: Bools
    day: Ints
    later: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Occasions, one entry each: who bought in which category on which day, and whether that is held back.

    Category t is what tag t claims; categories beyond the tags only compete. `shut` says of each occasion and tag that
    the category could not have been bought then; empty: everything always could. `together`: what a customer buys on
    one day is one occasion, a hit where the category is among it.
    """

    customers: int
    tags: tuple[str, ...]
    customer: Ints
    category: Ints
    day: Ints
    later: Bools
    shut: Bools = field(default_factory=lambda: np.empty((0, 0), np.bool_))  # [occasions, tags]
    together: bool = False

    def open_to(self, tag: int) -> Bools:
        """The occasions at which a tag's category could have been bought."""
        return ~self.shut[:, tag] if self.shut.size else np.ones(len(self.day), np.bool_)

    def trials(self, tag: int) -> Trials:
        """The occasions that say something of a tag."""
        known = self.open_to(tag)
        found = Trials(self.customer[known], self.category[known] == tag, self.day[known], self.later[known])
        if not self.together:
            return found
        order = np.lexsort((~found.hit, found.day, found.customer))  # of a day the hit first, if there is one
        fresh = np.ones(len(order), np.bool_)
        fresh[1:] = (np.diff(found.customer[order]) != 0) | (np.diff(found.day[order]) != 0)
        kept = order[fresh]
        return Trials(found.customer[kept], found.hit[kept], found.day[kept], found.later[kept])

    def given(self, tag: int) -> Ints:
        """The day of each customer's first purchase of a tag's category before what is held back, -1 none."""
        own = (self.category == tag) & ~self.later
        first = np.full(self.customers, FAR)
        np.minimum.at(first, self.customer[own], self.day[own])
        return np.where(first < FAR, first, -1)


def by_category(journal: Journal, cut_us: int, *, buyable: bool, together: bool = False) -> Histories:
    """The categories of the catalogue as tags.

    With `buyable` an occasion says something of a category only where that could be bought: where the snapshots of the
    latest day up to the occasion do not show the customer holding all of its products.
    """
    histories = _histories(journal, journal.category, tuple(journal.categories), cut_us)
    shut = _shut(journal, histories) if buyable else histories.shut
    return replace(histories, shut=shut, together=together)


def by_product(journal: Journal, cut_us: int) -> Histories:
    """The products as tags."""
    return _histories(journal, np.arange(len(journal.products)), journal.products, cut_us)


def by_basket(journal: Journal, tags: int) -> Histories:
    """The most bought products as tags, all others as competition; the last basket of every customer is held back."""
    baskets = journal.baskets
    last = np.full(len(journal.customers), -1)
    np.maximum.at(last, baskets.customer, baskets.time)
    later = baskets.time == last[baskets.customer]
    bought = np.bincount(baskets.item[~later], minlength=len(journal.products))
    top = np.argsort(-bought, kind="stable")[:tags]
    category = np.full(len(journal.products), len(top))
    category[top] = np.arange(len(top))
    return Histories(
        len(journal.customers),
        tuple(journal.products[item] for item in top.tolist()),
        baskets.customer,
        category[baskets.item],
        np.where(later, FAR - 1, baskets.time),
        later,
    )


def _histories(journal: Journal, category: Ints, tags: tuple[str, ...], cut_us: int) -> Histories:
    """Occasions as the service merges them; the parts are merged apart, so that none reaches over the cut."""
    events = journal.events
    bought = np.isin(events.kind, PURCHASES) & (events.item >= 0)
    parts = []
    for later in (False, True):
        stands = (events.undone < 0) | (not later and events.undone >= cut_us)  # as is known at the cut
        kept = bought & stands & ((events.time >= cut_us) == later)
        rows, none = int(kept.sum()), np.full(int(kept.sum()), -1)
        kind = np.full(rows, KIND["purchase"])
        of, day = category[events.item[kept]], events.time[kept] // DAY_US
        parts.append(Occasions.of(Events(events.customer[kept], events.item[kept], of, day, kind, none)))
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("customer", "category", "day")]
    held_back = np.repeat([False, True], [len(part.day) for part in parts])
    return Histories(len(journal.customers), tags, columns[0], columns[1], columns[2], held_back)


def _shut(journal: Journal, histories: Histories) -> Bools:
    """Whether all products of each category were held in the snapshots of the latest day up to each occasion."""
    snapshots, tags = journal.snapshots, len(histories.tags)
    days = np.unique(snapshots.time // DAY_US)
    held = np.zeros((len(days), len(journal.customers), tags), np.int16)
    place = np.searchsorted(days, snapshots.time // DAY_US)
    np.add.at(held, (place, snapshots.customer, journal.category[snapshots.item]), 1)
    whole = held >= np.bincount(journal.category, minlength=tags)
    at = np.searchsorted(days, histories.day, side="right") - 1
    return np.asarray(whole[np.maximum(at, 0), histories.customer] & (at >= 0)[:, None])
