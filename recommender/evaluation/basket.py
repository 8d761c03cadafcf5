"""The split by order: the last basket of some customers is asked for, everything else is history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.evaluation.dataset import Dataset
from recommender.evaluation.rankings import Rankings, Split
from recommender.training_data import Bools, Ints


def basket(data: Dataset, customers: Ints) -> Split:
    """Rankings of those of `customers` who have a basket; the other baskets of all customers may be learned from."""
    asked = _last_of(data, customers)
    before = replace(data, purchases=data.purchases.where(~asked), undone=data.undone[~asked])
    rankings = Rankings.of(data.purchases.where(asked), items=data.items, by_purchase=False)
    return Split(before, rankings, int(data.purchases.time.max(initial=0)) + 1)


def _last_of(data: Dataset, customers: Ints) -> Bools:
    """Which purchases are in the last basket of one of the customers."""
    last = np.full(data.customers, -1)
    np.maximum.at(last, data.purchases.customer, data.purchases.time)
    chosen = np.zeros(data.customers, dtype=np.bool_)
    chosen[customers] = True
    owner = data.purchases.customer
    return np.asarray(chosen[owner] & (data.purchases.time == last[owner]), dtype=np.bool_)
