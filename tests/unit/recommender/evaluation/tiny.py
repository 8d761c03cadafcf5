"""A hand-made data set: four customers, five products, a split at 100."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.evaluation.dataset import Dataset, HoldingSpells, Marks

START, END = 100, 200
CUSTOMERS, ITEMS = 4, 5


def marks(*rows: tuple[int, int, int]) -> Marks:
    """Rows of (customer, item, time)."""
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return Marks(columns[:, 0], columns[:, 1], columns[:, 2])


def spells(*rows: tuple[int, int, int, int]) -> HoldingSpells:
    """Rows of (customer, item, opened, closed)."""
    columns = np.array(rows, np.int64).reshape(-1, 4)
    return HoldingSpells(*(columns[:, at] for at in range(4)))


def dataset(purchases: Marks, *, undone: dict[int, int] | None = None, **fields: Any) -> Dataset:
    """A data set; `undone` says by row of the purchases when it was cancelled."""
    cancelled = np.full(len(purchases), -1)
    for row, when in (undone or {}).items():
        cancelled[row] = when
    return Dataset(CUSTOMERS, ITEMS, purchases, cancelled, **fields)
