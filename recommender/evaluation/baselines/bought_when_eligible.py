"""How often a product was bought where the customer was allowed to buy it."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.training_data import Floats, Ints


def bought_when_eligible(known: Known) -> Score:
    """Purchases at the times of eligibility rows, divided by these rows; a product without one scores 0."""
    rows, bought = known.data.eligibility, known.data.purchases
    times = np.unique(np.concatenate([rows.time, bought.time]))
    asked, answered = (marks.customer * len(times) + np.searchsorted(times, marks.time) for marks in (rows, bought))
    items = known.data.items
    offered = np.bincount(rows.item, minlength=items)
    taken = np.bincount(bought.item[np.isin(answered, asked)], minlength=items)
    share = taken / np.maximum(offered, 1)

    def score(customers: Ints) -> Floats:
        return np.broadcast_to(share, (len(customers), items))

    return score
