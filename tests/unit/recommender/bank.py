"""A small bank with customers of two tastes, for the tests of training."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from recommender.profile.state import KIND
from recommender.training_data import Events, Spells, TrainingData

FROM_DAY, AS_OF = 19_000, 19_399
CATEGORIES = 4


def events_of(rows: Iterable[tuple[int, int, int, int, str, int]]) -> Events:
    """Events from rows (customer, product, category, day, kind, amount)."""
    columns = list(zip(*((c, p, k, d, KIND[kind], a) for c, p, k, d, kind, a in rows), strict=True))
    return Events(*(np.array(column) for column in columns))


def spells_of(rows: Iterable[tuple[int, int, int, int, int, int, int]]) -> Spells:
    """Spells from rows (customer, product, category, opened, closed, matures, amount)."""
    return Spells(*(np.array(column) for column in zip(*rows, strict=True)))


def bank(
    events: Events, *, customers: int, categories: int = CATEGORIES, spells: Spells | None = None, as_of: int = AS_OF
) -> TrainingData:
    """A bank of customers of whom nothing but these events and spells is known."""
    nothing = np.full(customers, -1)
    return TrainingData(
        as_of=as_of,
        categories=categories,
        events=events,
        birth_year=nothing,
        goal=nothing,
        joined_day=nothing,
        from_day=FROM_DAY,
        substitution=np.zeros((categories, categories)),
        spells=spells or Spells(),
    )


def bank_of_tastes(
    customers: int = 300, products: int = 60, count: int = 12_000, *, taste: float = 20.0
) -> TrainingData:
    """Customers who like the even or the odd products `taste` times as much as the others; seeded."""
    rng = np.random.default_rng(5)
    customer = rng.integers(0, customers, count)
    popular = rng.pareto(1.5, products) + 0.2
    product = np.empty(count, np.int64)
    for side in (0, 1):
        liked = customer % 2 == side
        chance = popular * np.where(np.arange(products) % 2 == side, taste, 1.0)
        product[liked] = rng.choice(products, liked.sum(), p=chance / chance.sum())
    kinds = np.array(
        [KIND[name] for name in ("detail", "click", "search", "purchase", "top_up", "impression", "mature")]
    )
    kind = rng.choice(kinds, count)
    amount = np.where(
        np.isin(kind, [KIND["purchase"], KIND["top_up"], KIND["mature"]]), rng.integers(1, 10**7, count), -1
    )
    day = rng.integers(FROM_DAY, AS_OF + 1, count)
    events = Events(customer, 2 * product + 3, product % CATEGORIES, day, kind, amount)
    some = slice(0, customers)
    opened = day[some] - 100
    spells = Spells(
        customer[some],
        events.product[some],
        events.category[some],
        opened,
        np.full(customers, -1),
        opened + 90,
        amount[some],
    )
    return TrainingData(
        as_of=AS_OF,
        categories=CATEGORIES,
        events=events,
        birth_year=rng.integers(1940, 2005, customers),
        goal=rng.integers(-1, 2, customers),
        joined_day=FROM_DAY - rng.integers(-200, 900, customers),
        from_day=FROM_DAY,
        substitution=np.full((CATEGORIES, CATEGORIES), 0.2),
        spells=spells,
        goals=("home", "retirement"),
    )


def shuffled(data: TrainingData, seed: int = 1) -> TrainingData:
    """The same bank with its events and spells in another order."""
    rng = np.random.default_rng(seed)
    spells, order = data.spells, rng.permutation(len(data.spells.customer))
    columns = (
        spells.customer,
        spells.product,
        spells.category,
        spells.opened,
        spells.closed,
        spells.matures,
        spells.amount,
    )
    return TrainingData(
        as_of=data.as_of,
        categories=data.categories,
        events=data.events.where(rng.permutation(len(data.events.day))),
        birth_year=data.birth_year,
        goal=data.goal,
        joined_day=data.joined_day,
        from_day=data.from_day,
        substitution=data.substitution,
        spells=Spells(*(column[order] for column in columns)),
        goals=data.goals,
    )
