"""The customer's own past as dense blocks, one cell a customer and product (or category): what features are made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from recommender.interactions import event_weights
from recommender.profile.state import EVENT_KINDS, PURCHASE_KINDS
from recommender.states import LOOKS, States
from recommender.training_data import Bools, Floats, Ints

NEVER = 1e6  # days since what has not happened
BUYING = 180.0  # half-lives in days: of purchases, of looks, and of looks as a sign of what stays a preference
LOOKING = 14.0
LOOKING_BACK = 90.0
LOOKED_ONLY = 0.3  # how much a look counts beside a purchase or a holding, for neighbours
RECENT_DAYS = 30

IS_BUY = np.array([name in PURCHASE_KINDS for name in EVENT_KINDS])
_IS_LOOK = np.zeros(len(EVENT_KINDS), dtype=np.bool_)
_IS_LOOK[LOOKS] = True


class Scale(NamedTuple):
    """What turns products into cells: the category of each item, how many there are, and what events weigh."""

    category: Ints  # [items], -1 none
    categories: int
    usual: Floats  # [items] usual log1p(amount)
    half_lives: Floats  # by kind of event


class Cells(NamedTuple):
    """Blocks over customers × items (I) or categories (C), and columns over customers."""

    times: Floats  # [n, I] purchases
    decayed: Floats  # [n, I] the same, halved every 180 days
    since: Floats  # [n, I] days since the last purchase, NEVER without one
    held: Bools  # [n, I] now
    due: Floats  # [n, I] days until the next maturity, NEVER without one
    known: Bools  # [n, I] bought or held, ever
    looks: Floats  # [n, I] looks, halved every 14 days
    looked: Bools  # [n, I] in the last 30 days
    weight: Floats  # [n, I] the weights of the factor model
    category_bought: Floats  # [n, C] decayed purchases
    category_looks: Floats  # [n, C]
    category_looked: Floats  # [n, C] looks, halved every 90 days
    category_held: Bools  # [n, C] now
    category_known: Bools  # [n, C] bought or held, ever
    category_due: Floats  # [n, C] days until the next maturity
    events: Floats  # [n] events and spells
    idle: Floats  # [n] days since the last event, NEVER without one

    def strength(self) -> Floats:
        """1 for what was bought or held, 0.3 for what was only looked at."""
        return np.where(self.known, 1.0, np.where(self.looks > 0, LOOKED_ONLY, 0.0))


def cells_of(states: States, scale: Scale) -> Cells:
    """The blocks of some customers."""
    n, items, categories = states.size, len(scale.category), scale.categories
    shape = (n, items)
    cell = states.row * items + states.item
    bought, looked = IS_BUY[states.kind], _IS_LOOK[states.kind]
    buy, look = cell[bought], cell[looked]
    age_bought, age_looked = states.age[bought], states.age[looked]
    worth, seen = np.exp2(-age_bought / BUYING), np.exp2(-age_looked / LOOKING)
    long_seen = np.exp2(-age_looked / LOOKING_BACK)
    count = _sums(buy, None, n * items)
    held_cell, holds = states.held_row * items + states.held_item, states.held_item >= 0
    held_now, dated = holds & states.held_now, holds & states.held_now & (states.due >= 0)
    since, due = np.full(n * items, NEVER), np.full(n * items, NEVER)
    np.minimum.at(since, buy, age_bought)
    np.minimum.at(due, held_cell[dated], states.due[dated])
    held, known, lately = np.zeros(n * items, np.bool_), count > 0, np.zeros(n * items, np.bool_)
    held[held_cell[held_now]] = known[held_cell[holds]] = True
    lately[look[age_looked <= RECENT_DAYS]] = True
    weight = event_weights(states.kind, states.age, states.amount, scale.usual[states.item], scale.half_lives)
    of_event = states.row * categories + scale.category[states.item]
    placed = of_event >= states.row * categories
    of_spell, there = states.held_row * categories + states.held_category, states.held_category >= 0
    by_category = [np.zeros(n * categories, np.bool_) for _ in range(2)]
    by_category[0][of_spell[there & states.held_now]] = True
    by_category[1][of_spell[there]] = by_category[1][of_event[bought & placed]] = True
    category_due, idle = np.full(n * categories, NEVER), np.full(n, NEVER)
    maturing = there & states.held_now & (states.due >= 0)
    np.minimum.at(category_due, of_spell[maturing], states.due[maturing])
    np.minimum.at(idle, states.row, states.age)
    wide = (n, categories)
    return Cells(
        count.reshape(shape), _sums(buy, worth, n * items).reshape(shape), since.reshape(shape), held.reshape(shape),
        due.reshape(shape), known.reshape(shape), _sums(look, seen, n * items).reshape(shape), lately.reshape(shape),
        _sums(cell, weight, n * items).reshape(shape),
        _sums(of_event[bought & placed], worth[placed[bought]], n * categories).reshape(wide),
        _sums(of_event[looked & placed], seen[placed[looked]], n * categories).reshape(wide),
        _sums(of_event[looked & placed], long_seen[placed[looked]], n * categories).reshape(wide),
        by_category[0].reshape(wide), by_category[1].reshape(wide), category_due.reshape(wide),
        _sums(states.row, None, n) + _sums(states.held_row, None, n), idle,
    )  # fmt: skip


def _sums(cell: Ints, value: Floats | None, size: int) -> Floats:
    # numpy's annotations know counts only, but with weights bincount returns their sums.
    sums: Any = np.bincount(cell, value, size)
    found: Floats = sums if value is not None else sums.astype(np.float64)
    return found
