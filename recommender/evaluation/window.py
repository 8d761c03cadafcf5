"""The split by time: learn from what was before, rank for those who bought between two times."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.dataset import Dataset, Marks
from recommender.evaluation.rankings import Rankings, Split
from recommender.training_data import Bools


def window(data: Dataset, start: int, end: int) -> Split:
    """Rankings of everybody with a purchase in [start, end), UTC microseconds.

    Where eligibility rows carry the purchases' own times, each (customer, time) is a ranking and those rows are its
    candidates; else the rows of the time `start` are those of the customer.
    """
    purchases = data.purchases
    inside = (purchases.time >= start) & (purchases.time < end) & ((data.undone < 0) | (data.undone >= end))
    bought = purchases.where(inside)
    within = data.eligibility.where((data.eligibility.time >= start) & (data.eligibility.time < end))
    by_purchase = bool(_at_purchases(within, bought).any())
    eligibility = within if by_purchase else within.where(within.time == start)
    rankings = Rankings.of(bought, items=data.items, by_purchase=by_purchase, eligibility=eligibility)
    return Split(data.before(start), rankings, start)


def _at_purchases(rows: Marks, bought: Marks) -> Bools:
    """Whether each row has the customer and time of a purchase."""
    times = np.unique(np.concatenate([rows.time, bought.time]))
    own, wanted = (marks.customer * len(times) + np.searchsorted(times, marks.time) for marks in (rows, bought))
    return np.isin(own, wanted)
