"""Which products are ranked for whom: all of a small catalogue, of a large one the own, popular and nearest ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from recommender.cells import IS_BUY, LOOKED_ONLY
from recommender.features import NAMES
from recommender.first_stage import FirstStage
from recommender.states import LOOKS, States
from recommender.training_data import Bools, Floats, Ints

ALL_CANDIDATES = 2_000  # up to so many products every one is a candidate
POPULAR, NEAREST = 60, 60
BLOCK_CELLS = 16_000_000
_CUSTOMERS = 16  # whose candidates are scored together


class Candidates(NamedTuple):
    """The part of a first stage that some customers need, their states in its terms, and who has which candidate."""

    stage: FirstStage
    states: States
    items: Ints  # [kept] items of the whole stage
    among: Bools  # [customers, kept]


def blocks(stage: FirstStage, customers: int) -> Iterator[slice]:
    """Customers in groups whose features fit into memory."""
    items = len(stage.items.product)
    step = _CUSTOMERS if items > ALL_CANDIDATES else max(1, BLOCK_CELLS // max(items * len(NAMES), 1))
    for start in range(0, customers, step):
        yield slice(start, min(start + step, customers))


def candidates(stage: FirstStage, states: States) -> Candidates:
    """Everything the customers did something with is kept, so that scores are those of the whole catalogue."""
    items = len(stage.items.product)
    if items <= ALL_CANDIDATES:
        return Candidates(stage, states, np.arange(items), np.ones((states.size, items), np.bool_))
    own = _own(states, items)
    among = own.toarray() > 0
    among[:, np.argpartition(-stage.constants["popularity_60"], POPULAR)[:POPULAR]] = True
    near = np.argpartition(-stage.neighbours(own), NEAREST, axis=1)[:, :NEAREST]
    np.put_along_axis(among, near, values=True, axis=1)
    kept = np.flatnonzero(among.any(axis=0))
    place = np.full(items + 1, -1)
    place[kept] = np.arange(len(kept))
    inside = states._replace(item=place[states.item], held_item=place[states.held_item])
    return Candidates(stage.of_items(kept), inside, kept, among[:, kept])


def _own(states: States, items: int) -> sparse.csr_matrix:
    """How much each customer has to do with each product, as `Cells.strength`; nearly nothing for an application."""
    held = states.held_item >= 0
    full = np.concatenate([states.row[IS_BUY[states.kind]], states.held_row[held]])
    bought = np.concatenate([states.item[IS_BUY[states.kind]], states.held_item[held]])
    looked = np.isin(states.kind, LOOKS)
    worth: Floats = np.where(looked, LOOKED_ONLY, np.finfo(np.float64).tiny)
    row, item = np.concatenate([full, states.row]), np.concatenate([bought, states.item])
    value = np.concatenate([np.ones(len(full)), worth])
    order = np.lexsort((-value, item, row))
    row, item, value = row[order], item[order], value[order]
    first = np.append(True, (row[1:] != row[:-1]) | (item[1:] != item[:-1])) if len(row) else np.empty(0, np.bool_)
    return sparse.csr_matrix((value[first], (row[first], item[first])), shape=(states.size, items))
