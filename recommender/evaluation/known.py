"""What models learn from, as matrices made of the data before the split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from recommender.evaluation.dataset import DAY_US, Dataset, Marks
from recommender.training_data import Floats, Ints


@dataclass(frozen=True)
class Known:
    """Everything before `time`; `data` must be cut there. Matrices are [customers, items] unless they say otherwise."""

    data: Dataset
    time: int

    @cached_property
    def counts(self) -> sparse.csr_matrix:
        """How often each customer bought each product."""
        return self._matrix(self.data.purchases.customer, self.data.purchases.item)

    @cached_property
    def bought(self) -> sparse.csr_matrix:
        """1 for every product ever bought."""
        return _ones(self.counts)

    @cached_property
    def held(self) -> sparse.csr_matrix:
        """1 for what is held at the time: the snapshot of the last observation, and the open spells."""
        snapshots, spells = self.data.snapshots, self.data.spells
        now = snapshots.where(snapshots.time == snapshots.time.max(initial=-1))
        still = spells.closed < 0
        customer = np.concatenate([now.customer, spells.customer[still]])
        return _ones(self._matrix(customer, np.concatenate([now.item, spells.item[still]])))

    @cached_property
    def ever(self) -> sparse.csr_matrix:
        """1 for every product held at any time, or bought."""
        snapshots, spells = self.data.snapshots, self.data.spells
        customer = np.concatenate([snapshots.customer, spells.customer, self.data.purchases.customer])
        item = np.concatenate([snapshots.item, spells.item, self.data.purchases.item])
        return _ones(self._matrix(customer, item))

    @cached_property
    def own(self) -> sparse.csr_matrix:
        """The one binary row of each customer: what is held now where snapshots tell, else all held or bought."""
        return self.held if len(self.data.snapshots) else self.ever

    @cached_property
    def interactions(self) -> sparse.csr_matrix:
        """Binary rows to learn from: one an observed customer and observation with snapshots, else one a customer."""
        if not len(self.data.snapshots):
            return self.ever
        states, bought = self.steps
        return _ones(states + bought)

    @cached_property
    def steps(self) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """(state before, bought then): one row a customer and observation, or a purchase; [rows, items] each."""
        if len(self.data.snapshots):
            return self._observed()
        return self._in_order()

    @cached_property
    def popularity(self) -> Floats:
        """Purchases of each product."""
        return np.bincount(self.data.purchases.item, minlength=self.data.items).astype(np.float64)

    def popularity_since(self, days: int) -> Floats:
        """Purchases of each product in the last days."""
        recent = self.data.purchases.time >= self.time - days * DAY_US
        return np.bincount(self.data.purchases.item[recent], minlength=self.data.items).astype(np.float64)

    @cached_property
    def per_occasion(self) -> float:
        """How many products a customer buys on a day (or in a basket) on which he buys, on average; 1 without any."""
        bought = self.data.purchases
        when = bought.customer * (1 << 32) + (bought.time // DAY_US if self.data.clocked else bought.time)
        occasions = len(np.unique(when))
        return len(np.unique(np.stack([when, bought.item]), axis=1).T) / occasions if occasions else 1.0

    @cached_property
    def tie_order(self) -> Ints:
        """The products by purchases, most first, and then by id: the order of equal scores."""
        return np.lexsort((np.arange(self.data.items), -self.popularity))

    def _matrix(self, customer: Ints, item: Ints) -> sparse.csr_matrix:
        shape = (self.data.customers, self.data.items)
        found = sparse.coo_matrix((np.ones(len(customer)), (customer, item)), shape=shape).tocsr()
        found.sum_duplicates()
        return found

    def _observed(self) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Each observation with the purchases until the next one; who bought was observed, if holding nothing."""
        snapshots, purchases = self.data.snapshots, self.data.purchases
        at = np.unique(snapshots.time)
        held = snapshots.where(snapshots.time < self.time)
        bought = purchases.where(purchases.time >= at[0])
        turns = (np.searchsorted(at, held.time), np.searchsorted(at, bought.time, side="right") - 1)
        keys = [marks.customer * len(at) + turn for marks, turn in zip((held, bought), turns, strict=True)]
        rows = np.unique(np.concatenate(keys))
        return self._rows(rows, keys[0], held), self._rows(rows, keys[1], bought)

    def _rows(self, rows: Ints, key: Ints, marks: Marks) -> sparse.csr_matrix:
        cells = (np.searchsorted(rows, key), marks.item)
        return _ones(sparse.coo_matrix((np.ones(len(key)), cells), shape=(len(rows), self.data.items)).tocsr())

    def _in_order(self) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Each purchase (customer and time) with all that the customer had held or bought before it."""
        purchases, spells = self.data.purchases, self.data.spells
        times = np.unique(purchases.time)
        key = purchases.customer * len(times) + np.searchsorted(times, purchases.time)
        rows = np.unique(key)
        had = Marks(
            np.concatenate([purchases.customer, spells.customer]),
            np.concatenate([purchases.item, spells.item]),
            np.concatenate([purchases.time, spells.opened]),
        )
        # Each product joins the state with the first row of its customer that lies after it, and stays.
        since = np.searchsorted(rows, had.customer * len(times) + np.searchsorted(times, had.time, side="right"))
        end = np.searchsorted(rows, (had.customer + 1) * len(times))
        length = np.maximum(end - since, 0)
        row = np.repeat(since - np.cumsum(length) + length, length) + np.arange(length.sum())
        shape = (len(rows), self.data.items)
        states = sparse.coo_matrix((np.ones(len(row)), (row, np.repeat(had.item, length))), shape=shape).tocsr()
        return _ones(states), self._rows(rows, key, purchases)


def _ones(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    binary = sparse.csr_matrix(matrix)
    binary.sum_duplicates()
    binary.data = np.ones_like(binary.data)
    return binary
