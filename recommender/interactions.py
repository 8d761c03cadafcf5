"""How much an event says that a customer wants a product, and the customers × products matrix of these weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.profile.state import EVENT_KINDS, INTENT_KINDS, KIND, PURCHASE_KINDS
from recommender.training_data import Events, Floats, Ints, Spells

TYPE_WEIGHTS: Mapping[str, float] = {
    **dict.fromkeys(INTENT_KINDS, 0.3),
    "click": 0.1,
    "list": 0.1,
    "apply": 0.6,
    "purchase": 1.0,
    "top_up": 1.2,
    "renewal": 1.2,
}
WEIGHT = np.array([TYPE_WEIGHTS.get(name, 0.0) for name in EVENT_KINDS])
PURCHASES = np.array([KIND[name] for name in sorted(PURCHASE_KINDS)])


@dataclass(frozen=True, slots=True)
class HalfLives:
    """Days in which an event loses half its weight."""

    view: float = 90.0
    purchase: float = 365.0

    def by_kind(self) -> Floats:
        """The half-life of every event kind, by its number."""
        return np.array([self.purchase if name in PURCHASE_KINDS else self.view for name in EVENT_KINDS])


def event_weights(kind: Ints, age: Ints, amount: Ints, usual: Floats, half_life: Floats) -> Floats:
    """type weight × 2^(−age / half-life) × log1p(amount)/usual; unknown amounts count 1, what lies ahead 0.

    One entry an event: `age` in days, `amount` in minor units, `usual` the median log1p(amount) of the product's
    category, nan unknown; `half_life` by kind.
    """
    weight = WEIGHT[kind] * np.exp2(np.minimum(-age, 0) / half_life[kind])
    factor = np.log1p(np.maximum(amount, 0)) / usual
    weight *= np.where((amount > 0) & (usual > 0), factor, 1.0)
    weight[age < 0] = 0.0
    return weight


def usual_amounts(events: Events, categories: int) -> Floats:
    """The median log1p(amount) of the purchases of each category, nan without a known amount."""
    bought = events.where(np.isin(events.kind, PURCHASES) & (events.amount > 0) & (events.category >= 0))
    order = np.lexsort((bought.amount, bought.category))
    category, value = bought.category[order], np.log1p(bought.amount[order].astype(np.float64))
    found, start, count = np.unique(category, return_index=True, return_counts=True)
    usual = np.full(categories, np.nan)
    usual[found] = (value[start + (count - 1) // 2] + value[start + count // 2]) / 2
    return usual


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The products a model knows: persistent product numbers, ascending, with their category; a row is an item."""

    product: Ints
    category: Ints

    @classmethod
    def of(cls, events: Events, spells: Spells | None = None) -> Items:
        """Every product with an event that bears weight, or with a holding."""
        seen = events.where((WEIGHT[events.kind] > 0) & (events.product >= 0))
        product, category = seen.product, seen.category
        if spells is not None:
            held = spells.product >= 0
            product = np.concatenate([product, spells.product[held]])
            category = np.concatenate([category, spells.category[held]])
        order = np.lexsort((category, product))
        product, first = np.unique(product[order], return_index=True)
        return cls(product.astype(np.int32), category[order][first].astype(np.int32))

    def rows(self, product: Ints) -> Ints:
        """The row of each product number, -1 where the product is not known."""
        if not len(self.product):
            return np.full(len(product), -1)
        found = np.minimum(np.searchsorted(self.product, product), len(self.product) - 1)
        return np.where(self.product[found] == product, found, -1)


def usual_of(items: Items, usual: Floats) -> Floats:
    """The usual log1p(amount) of each item, from that of its category; nan unknown."""
    return np.where(items.category >= 0, usual[items.category], np.nan)


def interactions(
    events: Events, items: Items, *, customers: int, today: int, usual: Floats, half_lives: HalfLives
) -> sparse.csr_matrix:
    """The weights summed per customer and item, float64 customers × items; `usual` by item, events of no item left out.

    Sums run in the order of the days, so that the order of the events does not matter.
    """
    rows = items.rows(events.product)
    seen = events.where((rows >= 0) & (WEIGHT[events.kind] > 0) & (events.day <= today))
    seen = seen.where(np.lexsort((seen.amount, seen.kind, seen.day)))
    rows = items.rows(seen.product)
    weight = event_weights(seen.kind, today - seen.day, seen.amount, usual[rows], half_lives.by_kind())
    cells = (seen.customer.astype(np.int64), rows.astype(np.int64))
    matrix = sparse.coo_matrix((weight, cells), shape=(customers, len(items.product))).tocsr()
    matrix.sum_duplicates()
    return matrix
