"""Purchases merged into occasions, for every customer and category at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.interactions import PURCHASES
from recommender.training_data import Events, Floats, Ints

MERGE_DAYS = 3
LONGEST = 2**22  # days: more than any span between two events


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
        group, number = key // LONGEST, np.unique(key // LONGEST, return_index=True)[1]
        starts = [number]
        while len(number):
            following = np.searchsorted(key, key[number] + merge_days, side="right")
            inside = following < len(key)
            following, number = following[inside], number[inside]
            number = following[group[following] == group[number]]
            starts.append(number)
        first = np.sort(np.concatenate(starts))
        return cls(
            group[first] // (customer.max() + 1), group[first] % (customer.max() + 1), key[first] % LONGEST + day.min()
        )

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
