"""What is asked of every model: one ranking a customer, or a purchase, with the products that were then bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.evaluation.dataset import Dataset, Marks
from recommender.training_data import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Rankings:
    """`truth` [rankings, items] is 1 where the product was bought; `customer` may occur more than once.

    `eligible` [rankings, items] limits the candidates of the rankings that have a row in it; None: no file says so.
    """

    customer: Ints
    truth: sparse.csr_matrix
    eligible: sparse.csr_matrix | None = None

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
        return cls(keys.customer, truth, eligible)

    def where(self, mask: Bools) -> Rankings:
        """The rankings that the mask keeps."""
        eligible = None if self.eligible is None else self.eligible[mask]
        return Rankings(self.customer[mask], self.truth[mask], eligible)

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


def _matrix(row: Ints, item: Ints, shape: tuple[int, int]) -> sparse.csr_matrix:
    found = sparse.coo_matrix((np.ones(len(row)), (row, item)), shape=shape).tocsr()
    found.data[:] = 1.0
    return found
