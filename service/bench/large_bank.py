"""A bank of any size in the exchange format within seconds: what training and evaluation are measured on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np

from service.calendar import day_of_date
from service.simulate import tables
from service.simulate.chance import MISSING, NONE, Floats, Ints, dice, pick
from service.simulate.exchange import CUSTOMER, EVENT, PRODUCT, write_manifest
from service.simulate.taxonomy import CATEGORIES

DAYS = 365
UNTIL = dt.date(2026, 6, 1)
EVENTS_EACH = 15.0
"""Events a customer in the mean, half of the customers fewer than 11."""
_SECONDS = 86_400
TASTES = 12
"""Groups of customers who like the same products."""
_FAVOURITES = 3  # products that a customer comes back to
_COMES_BACK = 0.55
_KINDS = {"purchase": 0.22, "top_up": 0.08, "renewal": 0.03, "redeem": 0.04, "apply": 0.04, "push_click": 0.06,
          "detail": 0.26, "list": 0.12, "search": 0.08, "compare": 0.04, "watch": 0.03}  # fmt: skip
_MONEY = ("purchase", "top_up", "renewal", "redeem", "apply")
_HELD = 0.8  # purchases that a holding follows
_GOALS = ("retirement", "education", "home", "travel", "reserve")


class Size(NamedTuple):
    """How large a bank."""

    customers: int
    products: int
    seed: int = 0


class _Events(NamedTuple):
    customer: Ints
    product: Ints
    kind: Ints
    when: Ints  # seconds since 1970
    cents: Ints


def write_bank(folder: Path, size: Size) -> dict[str, int]:
    """Write the files and give the rows of each; the same size gives the same bytes.

    Every customer has a taste and some products to come back to; products are popular by a power law; nearly a third
    of the events are purchases, most of which are held from then on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    last = day_of_date(UNTIL) * _SECONDS
    category = categories_of(size)
    events = _events(size, category, last)
    write_manifest(folder, last)
    return {
        "products": write_products(folder, category),
        "customers": _write_customers(folder, size, last),
        "events": _write_events(folder, events),
        "holdings": _write_holdings(folder, size, events, last),
    }


def categories_of(size: Size) -> Ints:
    """The category of each product, as many of each as the simulated bank has."""
    weights = np.array([one.weight for one in CATEGORIES], dtype=np.float64)
    return pick(dice(size.seed, "categories"), weights, size.products)


def _events(size: Size, category: Ints, last: int) -> _Events:
    roll = dice(size.seed, "events")
    count = roll.poisson(roll.gamma(1.3, EVENTS_EACH / 1.3, size.customers))
    customer = np.repeat(np.arange(size.customers), count)
    taste, edges = roll.integers(0, TASTES, size.customers), edges_of(size, category, roll)
    favourites = drawn(edges, np.repeat(taste, _FAVOURITES), roll).reshape(size.customers, _FAVOURITES)
    fresh = drawn(edges, taste[customer], roll)
    own = favourites[customer, pick(roll, np.array([4.0, 2.0, 1.0]), len(customer))]
    product = np.where(roll.random(len(customer)) < _COMES_BACK, own, fresh)
    kind = pick(roll, np.array(list(_KINDS.values())), len(customer))
    begun = last - DAYS * _SECONDS + (roll.random(size.customers) ** 2 * 0.8 * DAYS * _SECONDS).astype(np.int64)
    when = begun[customer] + (roll.random(len(customer)) * (last - begun[customer])).astype(np.int64)
    is_money = np.isin(kind, [list(_KINDS).index(name) for name in _MONEY])
    cents = np.where(is_money, np.exp(roll.normal(11.0, 1.5, len(customer))).astype(np.int64) * 100, MISSING)
    order = np.argsort(when, kind="stable")
    return _Events(customer[order], product[order], kind[order], when[order], cents[order])


def edges_of(size: Size, category: Ints, roll: np.random.Generator) -> Floats:
    """Cumulated chances of the products, one taste after the other, each taste between its number and the next."""
    popular = 1.0 / (1.0 + roll.permutation(size.products)) ** 0.8
    likes = roll.gamma(0.5, 1.0, (TASTES, len(CATEGORIES)))[:, category] + 0.05
    chances = likes * popular
    cumulated = np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)
    cumulated[:, -1] = 1.0
    return np.asarray((cumulated + np.arange(TASTES)[:, None]).ravel(), dtype=np.float64)


def drawn(edges: Floats, taste: Ints, roll: np.random.Generator) -> Ints:
    """A product for each taste, by the chances of `edges_of`."""
    found = np.searchsorted(edges, taste + roll.random(len(taste)), side="right")
    return np.asarray(found % (len(edges) // TASTES), dtype=np.int64)


def write_products(folder: Path, category: Ints) -> int:
    """The file `products`: of each its category; its rows."""
    columns = {
        "product_id": product_ids(np.arange(len(category))),
        "category": tables.words(category, [one.code for one in CATEGORIES]),
    }
    return tables.write(folder / "products.parquet", columns, len(category))


def _write_customers(folder: Path, size: Size, last: int) -> int:
    roll = dice(size.seed, "customers")
    joined = last - roll.integers(DAYS, 10 * DAYS, size.customers) * _SECONDS
    goal = np.where(roll.random(size.customers) < 0.6, roll.integers(0, len(_GOALS), size.customers), NONE)
    columns = {
        "customer_id": tables.numbered(np.arange(size.customers), CUSTOMER),
        "joined_at": tables.stamps(joined),
        "birth_year": tables.whole(roll.integers(1940, 2006, size.customers)),
        "goal_purpose": tables.words(goal, _GOALS),
    }
    return tables.write(folder / "customers.parquet", columns, size.customers)


def _write_events(folder: Path, events: _Events) -> int:
    columns = {
        "event_id": tables.numbered(np.arange(len(events.customer)), EVENT),
        "customer_id": tables.numbered(events.customer, CUSTOMER),
        "kind": tables.words(events.kind, list(_KINDS)),
        "occurred_at": tables.stamps(events.when),
        "product_id": product_ids(events.product),
        "amount": tables.money(events.cents),
    }
    return tables.write(folder / "events.parquet", columns, len(events.customer))


def _write_holdings(folder: Path, size: Size, events: _Events, last: int) -> int:
    """One spell for the first purchase of a product by a customer; a third may have ended, a third matures."""
    roll = dice(size.seed, "holdings")
    bought = np.flatnonzero(events.kind == list(_KINDS).index("purchase"))
    bought = bought[roll.random(len(bought)) < _HELD]
    _, first = np.unique(events.customer[bought] * size.products + events.product[bought], return_index=True)
    opened = bought[first]
    when, fate = events.when[opened], roll.random(len(opened))
    ends = when + roll.integers(20, DAYS, len(opened)) * _SECONDS
    columns = {
        "customer_id": tables.numbered(events.customer[opened], CUSTOMER),
        "product_id": product_ids(events.product[opened]),
        "opened_at": tables.stamps(when),
        "closed_at": tables.stamps(np.where((fate < 1 / 3) & (ends < last), ends, MISSING)),
        "amount": tables.money(events.cents[opened]),
        "matures_at": tables.stamps(np.where(fate > 2 / 3, ends, MISSING)),
    }
    return tables.write(folder / "holdings.parquet", columns, len(opened))


def product_ids(numbers: Ints) -> tables.Column:
    """The ids of products by their numbers."""
    return tables.words(numbers, [PRODUCT % one for one in range(int(numbers.max(initial=0)) + 1)])
