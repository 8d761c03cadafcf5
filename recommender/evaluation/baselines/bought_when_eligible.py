"""How often a product was bought where the customer was allowed to buy it."""

from __future__ import annotations

import numpy as np

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.training_data import Bools, Floats, Ints


def bought_when_eligible(known: Known) -> Score:
    """The share of a product's eligibility rows at whose time it was bought; a product without a row scores 0."""
    rows, bought = known.data.eligibility, known.data.purchases
    items = known.data.items
    times = np.unique(np.concatenate([rows.time, bought.time]))
    offers, purchases = (
        (marks.customer * len(times) + np.searchsorted(times, marks.time)) * items + marks.item
        for marks in (rows, bought)
    )
    offered = np.bincount(rows.item, minlength=items)
    taken = np.bincount(bought.item[np.isin(purchases, offers)], minlength=items)
    share = taken / np.maximum(offered, 1)

    def score(customers: Ints, _eligible: Bools | None = None) -> Floats:
        return np.broadcast_to(share, (len(customers), items))

    return score
