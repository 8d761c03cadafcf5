"""The last row of each key."""

from __future__ import annotations

import numpy as np

from recommender.training_data import Bools, Ints


def last_of(key: Ints, at: Ints, rows: Bools) -> Ints:
    """The places of the last of the rows of each key by time, ordered by key; of rows at the same time the last one."""
    places = np.flatnonzero(rows)
    order = places[np.lexsort((places, at[places], key[places]))]
    ends: Ints = order[np.append(key[order][1:] != key[order][:-1], np.ones(min(len(order), 1), dtype=np.bool_))]
    return ends
