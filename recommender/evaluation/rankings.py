"""What is asked of every model: one ranking a customer, or a purchase, with the products that were then bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.evaluation.dataset import DAY_US, Dataset, Marks
from recommender.training_data import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Rankings:
    """`truth` [rankings, items] is 1 where the product was bought; `customer` may occur more than once.

    `eligible` [rankings, items] limits the candidates of the rankings that have a row in it; None: no file says so.
    `occasion` [rankings, items] is the day, from 1, on which each product of the truth was first bought; None: all of a
    ranking is of one time.
    """

    customer: Ints
    truth: sparse.csr_matrix
    eligible: sparse.csr_matrix | None = None
    occasion: sparse.csr_matrix | None = None

    @classmethod
    def of(cls, bought: Marks, *, items: int, by_purchase: bool, eligibility: Marks | None = None) -> Rankings:
        """One ranking a customer of `bought`, or with `by_purchase` one for each time of each customer."""
        keys = _Keys.of(bought, by_time=by_purchase)
        truth = _matrix(keys.rows(bought), bought.item, (keys.count, items))
        eligible = None
        if eligibility is not None and len(eligibility):
            rows = keys.rows(eligibility)
            known = rows >= 0
            eligible = _matrix(rows[known], eligibility.item[known], (keys.count, items)) if known.any() else None
        occasion = None if by_purchase else _days(keys.rows(bought), bought, truth)
        return cls(keys.customer, truth, eligible, occasion)

    def where(self, mask: Bools) -> Rankings:
        """The rankings that the mask keeps."""
        eligible = None if self.eligible is None else self.eligible[mask]
        occasion = None if self.occasion is None else self.occasion[mask]
        return Rankings(self.customer[mask], self.truth[mask], eligible, occasion)

    def of_first_occasion(self) -> sparse.csr_matrix:
        """The truth less what was bought on a later day than the first with a truth."""
        if self.occasion is None:
            return self.truth
        days = sparse.csr_matrix(self.occasion.multiply(self.truth))
        first = np.full(len(self), np.inf)
        row = np.repeat(np.arange(len(self)), np.diff(days.indptr))
        np.minimum.at(first, row, days.data)
        days.data = (days.data == first[row]).astype(np.float64)
        days.eliminate_zeros()
        return days

    def free(self, rows: Ints) -> Bools | None:
        """What could be bought in these rankings [rows, items], nothing in those of which no file says so."""
        return None if self.eligible is None else self.eligible[rows].toarray() > 0

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """What may be learned from, as of `time`, and what is asked for after it."""

    before: Dataset
    rankings: Rankings
    time: int


@dataclass(frozen=True, slots=True, eq=False)
class _Keys:
    """The rankings in the order of customer and time."""

    customer: Ints
    time: Ints
    by_time: bool

    @classmethod
    def of(cls, marks: Marks, *, by_time: bool) -> _Keys:
        pairs = np.unique(np.stack([marks.customer, marks.time if by_time else np.zeros_like(marks.time)]), axis=1)
        return cls(pairs[0], pairs[1], by_time)

    @property
    def count(self) -> int:
        return len(self.customer)

    def rows(self, marks: Marks) -> Ints:
        """The ranking of each entry, -1 without one."""
        times = np.unique(np.concatenate([self.time, marks.time])) if self.by_time else np.zeros(1, np.int64)
        own = self.customer * len(times) + (np.searchsorted(times, self.time) if self.by_time else 0)
        key = marks.customer * len(times) + (np.searchsorted(times, marks.time) if self.by_time else 0)
        found = np.minimum(np.searchsorted(own, key), max(len(own) - 1, 0))
        return np.where(own[found] == key, found, -1) if len(own) else np.full(len(marks), -1)


def _days(row: Ints, bought: Marks, truth: sparse.csr_matrix) -> sparse.csr_matrix:
    """The day, from 1, on which each product of the truth was first bought; times without a clock are within one."""
    day = bought.time // DAY_US + 1
    key = row * truth.shape[1] + bought.item
    order = np.lexsort((day, key))
    first = np.unique(key[order], return_index=True)[1]
    place = order[first]
    return sparse.coo_matrix((day[place].astype(np.float64), (row[place], bought.item[place])), truth.shape).tocsr()


def _matrix(row: Ints, item: Ints, shape: tuple[int, int]) -> sparse.csr_matrix:
    found = sparse.coo_matrix((np.ones(len(row)), (row, item)), shape=shape).tocsr()
    found.data[:] = 1.0
    return found
