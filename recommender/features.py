"""The ranker's features, one block a name over customers and items: the same code at training and at request time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.cells import Cells, cells_of
from recommender.first_stage import FirstStage
from recommender.models.item_item import ItemItem
from recommender.states import States
from recommender.training_data import Bools, Floats, Ints

NAMES = (
    "count",
    "decayed_count",
    "recency",
    "own_share",
    "repeat_hazard",
    "repeat_rate_of_bought",
    "held",
    "had_before",
    "maturing",
    "looks",
    "category_looks",
    "category_looked",
    "category_bought",
    "category_held",
    "category_maturing",
    "popularity",
    "popularity_60",
    "popularity_30",
    "popularity_of_strangers",
    "repeat_rate",
    "choice",
    "item_item",
    "item_item_by_events",
    "ease",
    "ease_by_events",
    "als",
    "als_by_events",
    "transition",
    "transition_by_events",
    "tag",
    "tag_of_strangers",
    "tag_claim",
    "events",
    "purchases",
    "repeats",
    "idle",
    "tenured",
)
"""In the order of the ranker's weights; an artifact of other names is refused."""

_PLACE = {name: place for place, name in enumerate(NAMES)}
_PRODUCTS = (
    *((f"{name}_by_events", name, "events") for name in ("item_item", "ease", "als", "transition")),
    ("popularity_of_strangers", "popularity_60", "strangers"),
    ("tag_of_strangers", "tag", "strangers"),
)
_NEAR_SCALE = 10.0
MATURES_IN = 30.0
KINDS = 4
NEVER_HAD, EVER_HAD, STRANGER, UNSEEN = range(KINDS)
UNKNOWN = (STRANGER, UNSEEN)
TENURED_DAYS = 90  # a customer for so long is no new one (domain model §9), whatever is known of him
FEW = 8
"""So many customers at once are scored as in a request, more as in training."""

T = TypeVar("T", bound=np.generic)


def features(stage: FirstStage, states: States, eligible: Bools | None = None) -> tuple[Floats, Cells]:
    """[features, customers, items] of some customers, and the cells they were made of.

    `eligible` [customers, items] says what each may buy; a row without any product, or None: not known.
    """
    cells = cells_of(states, stage.scale)
    shape = cells.times.shape
    found = {**stage.constants, **_own(cells, stage), **_neighbours(cells, stage), **_of_customer(cells)}
    if stage.choice is not None:
        found["choice"] = stage.choice.utility if eligible is None else stage.choice.score(eligible)
    found["tenured"] = (states.tenure >= TENURED_DAYS).astype(np.float64)[:, None]
    found["transition"] = _transition(cells, stage)
    lifts = _lifts(states, stage)
    found["tag"] = lifts if stage.by_product else _take(lifts, stage.scale.category)
    claimed = stage.claims.score(states.size, states.tag_row, states.tag, states.tag_value)
    found["tag_claim"] = _take(claimed, stage.scale.category)
    events, strange = np.log1p(cells.events)[:, None], 1.0 / (1.0 + cells.events[:, None])
    block = np.zeros((len(NAMES), *shape))
    for name, values in found.items():
        block[_PLACE[name]] = values
    for name, of, by in _PRODUCTS:
        np.multiply(block[_PLACE[of]], events if by == "events" else strange, out=block[_PLACE[name]])
    return block, cells


def kind_of(block: NDArray[np.floating]) -> Ints:
    """`NEVER_HAD` or `EVER_HAD` the product; without any event or holding every product of a customer is the same kind.

    `STRANGER` where he may be new, `UNSEEN` where he has been a customer for long: what he did was only not seen. From
    features [features, ...].
    """
    unknown = np.where(block[_PLACE["tenured"]] > 0, UNSEEN, STRANGER)
    had = (block[_PLACE["held"]] > 0) | (block[_PLACE["had_before"]] > 0)
    return np.where(block[_PLACE["events"]] > 0, np.where(had, EVER_HAD, NEVER_HAD), unknown)


def seen(kinds: Ints) -> Bools:
    """Which rows are of customers of whom something is known; all of them where that is so of nobody."""
    inside = np.asarray(kinds < STRANGER)
    return inside if inside.any() else np.ones_like(inside)


def _own(cells: Cells, stage: FirstStage) -> dict[str, Floats]:
    """What the customer did with the product and its category."""
    category = stage.scale.category
    total = cells.times.sum(axis=1, keepdims=True)
    bought = cells.times > 0
    return {
        "count": np.log1p(cells.times),
        "decayed_count": np.log1p(cells.decayed),
        "recency": np.where(bought, 1.0 / (1.0 + cells.since / stage.repeat.gap), 0.0),
        "own_share": cells.times / np.maximum(total, 1.0),
        "repeat_hazard": np.log1p(10.0 * stage.repeat.score(cells.decayed, cells.since, cells.due)),
        "repeat_rate_of_bought": bought * stage.constants["repeat_rate"],
        "held": cells.held.astype(np.float64),
        "had_before": (cells.known & ~cells.held).astype(np.float64),
        "maturing": (cells.due <= MATURES_IN).astype(np.float64),
        "looks": np.log1p(cells.looks),
        "category_looks": _take(np.log1p(cells.category_looks), category),
        "category_looked": _take(np.log1p(cells.category_looked), category),
        "category_bought": _take(np.log1p(cells.category_bought), category),
        "category_held": _take(cells.category_held, category),
        "category_maturing": _take(cells.category_due <= MATURES_IN, category),
    }


def _neighbours(cells: Cells, stage: FirstStage) -> dict[str, Floats]:
    """The undirected models on what was bought, held or looked at; 0 for whoever did nothing."""
    own = cells.strength()
    nothing = np.zeros((1, 1))
    ease = nothing
    if stage.ease is not None:
        ease = _by_customer(partial(_row_sums, table=stage.ease.weights), own)
    als = nothing
    if stage.als is not None:
        als = np.zeros(own.shape)
        for row, weights in enumerate(cells.weight):
            scores = stage.als.score(weights)
            if scores is not None:
                als[row] = scores
    near = _by_customer(partial(_near, near=stage.near), own)
    return {"item_item": np.log1p(_NEAR_SCALE * near), "ease": ease, "als": als}


def _by_customer(score: Callable[[NDArray[T]], Floats], own: NDArray[T]) -> Floats:
    """The scores of a few customers one by one: nobody's hang on who else is asked for, not even in the last bit."""
    if not 0 < len(own) <= FEW:
        return score(own)
    return np.concatenate([score(alone) for alone in own[:, None]])


def _lifts(states: States, stage: FirstStage) -> Floats:
    """What tags say of each product or category, of a few customers one by one."""
    row, tag, value = states.tag_row, states.tag, states.tag_value
    if not 0 < states.size <= FEW:
        return stage.tags.score(states.size, row, tag, value)
    ends = np.searchsorted(row, np.arange(states.size + 1)).tolist()
    parts = [slice(*ends[number : number + 2]) for number in range(states.size)]
    return np.concatenate([stage.tags.score(1, row[part], tag[part], value[part]) for part in parts])


def _near(own: Floats, near: ItemItem | Floats) -> Floats:
    if isinstance(near, ItemItem):
        return near.score(sparse.csr_matrix(own))
    return _row_sums(own, near)


def _row_sums(own: Floats, table: Floats) -> Floats:
    """own @ table; of one customer only the rows that count are touched."""
    if len(own) == 1:
        kept = own[0].nonzero()[0]
        return np.asarray(own[:, kept] @ table[kept])
    return np.asarray(own @ table)


def _transition(cells: Cells, stage: FirstStage) -> Floats:
    """The transition model's score by item: centred log odds of the product, or the lift of its category."""
    if stage.by_product:
        flags: NDArray[np.bool_] = np.concatenate([cells.held, cells.known & ~cells.held, cells.looked], axis=1)
        return _by_customer(stage.transition.score, flags)
    before = cells.category_known & ~cells.category_held
    flags = np.concatenate([cells.category_held, before, cells.category_looks > 0], axis=1)
    return _take(_by_customer(stage.transition.score, flags), stage.scale.category)


def _of_customer(cells: Cells) -> dict[str, Floats]:
    purchases = cells.times.sum(axis=1, keepdims=True)
    distinct = (cells.times > 0).sum(axis=1, keepdims=True)
    return {
        "events": np.log1p(cells.events)[:, None],
        "purchases": np.log1p(purchases),
        "repeats": 1.0 - distinct / np.maximum(purchases, 1.0) * (purchases > 0) - (purchases == 0),
        "idle": np.log1p(np.minimum(cells.idle, 1_000.0))[:, None],
    }


def _take(columns: Floats | Bools, category: NDArray[np.integer]) -> Floats:
    """Columns over categories as columns over items; 0 for an item without a category, whose number is -1."""
    if not columns.shape[1]:
        return np.zeros((len(columns), len(category)))
    found = columns[:, category].astype(np.float64)
    outside = category < 0
    if outside.any():
        found[:, outside] = 0.0
    return found
