"""Purchases merged into occasions, for every customer and category at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.interactions import PURCHASES
from recommender.training_data import Events, Floats, Ints

MERGE_DAYS = 3
LONGEST = 2**22  # days: more than any span between two events


def first_of_runs(key: Ints, merge_days: int = MERGE_DAYS) -> Ints:
    """The places, among ascending keys of group * LONGEST + day, that begin a run.

    A run is what lies within `merge_days` of its first day in the same group: one occasion (domain.md §3).
    """
    group = key // LONGEST
    place = np.unique(group, return_index=True)[1]
    starts = [place]
    while len(place):
        following = np.searchsorted(key, key[place] + merge_days, side="right")
        inside = following < len(key)
        following, place = following[inside], place[inside]
        place = following[group[following] == group[place]]
        starts.append(place)
    return np.sort(np.concatenate(starts))


@dataclass(frozen=True, slots=True, eq=False)
class Occasions:
    """One entry an occasion, ordered by category, customer and day."""

    category: Ints
    customer: Ints
    day: Ints

    @classmethod
    def of(cls, events: Events, merge_days: int = MERGE_DAYS) -> Occasions:
        """Purchases of a category within `merge_days` of an occasion's first one belong to it (domain.md §3)."""
        bought = events.where(np.isin(events.kind, PURCHASES) & (events.category >= 0))
        category, customer, day = (column.astype(np.int64) for column in (bought.category, bought.customer, bought.day))
        if not len(day):
            return cls(category, customer, day)
        group = category * (customer.max() + 1) + customer
        key = np.unique(group * LONGEST + (day - day.min()))
        key = key[first_of_runs(key, merge_days)]
        group = key // LONGEST
        return cls(group // (customer.max() + 1), group % (customer.max() + 1), key % LONGEST + day.min())

    def gaps(self) -> tuple[Ints, Ints]:
        """Days between successive occasions of a customer in a category, with the category."""
        same = (np.diff(self.category) == 0) & (np.diff(self.customer) == 0)
        return self.category[1:][same], np.diff(self.day)[same]

    def median_gap(self, categories: int) -> Floats:
        """The median gap of each category over all customers, nan where nobody came back."""
        category, gap = self.gaps()
        medians = np.full(categories, np.nan)
        for number in np.unique(category):
            medians[number] = np.median(gap[category == number])
        return medians

    def histories(self, category: int, today: int) -> tuple[Ints, Ints, Ints]:
        """x repeats, t_x time of the last repeat and T age in days since the first occasion, one entry a customer."""
        inside = slice(*np.searchsorted(self.category, [category, category + 1]))
        _, first, count = np.unique(self.customer[inside], return_index=True, return_counts=True)
        day = self.day[inside]
        return count - 1, day[first + count - 1] - day[first], today - day[first]
