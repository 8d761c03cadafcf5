"""The first of each customer's purchases of a kind."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Bools, Ints


def firsts(customer: Ints, kind: Ints, at: Ints) -> Bools:
    """Which purchases are the customer's first of their kind by time; of purchases at the same time the first entry."""
    first = np.zeros(len(at), dtype=np.bool_)
    order = np.lexsort((np.arange(len(at)), at, kind, customer))
    keys = np.stack([customer[order], kind[order]])
    first[order] = np.append(np.ones(min(len(at), 1), dtype=np.bool_), (keys[:, 1:] != keys[:, :-1]).any(axis=0))
    return first
