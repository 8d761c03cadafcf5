"""A bank with a shelf's year behind it, in the exchange format: what measuring tags is timed on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from service.bench.large_bank import (
    DAYS,
    TASTES,
    UNTIL,
    Size,
    categories_of,
    drawn,
    edges_of,
    product_ids,
    write_products,
)
from service.calendar import day_of_date
from service.simulate import tables
from service.simulate.chance import MISSING, NONE, Bools, Ints, dice, pick
from service.simulate.exchange import CUSTOMER, EVENT, write_manifest
from service.simulate.tag_definitions import Tag, define
from service.simulate.tag_files import write_definitions, write_tags

PRODUCTS = 400
TAGS_EACH = 6.0  # drawn, some of them twice
CARDS = 4  # of one look at the shelf
_SECONDS, _LAST = 86_400, day_of_date(UNTIL) * 86_400
_ALONE = {"purchase": 0.09, "top_up": 0.03, "renewal": 0.01, "redeem": 0.03, "mature": 0.01, "detail": 0.2,
          "list": 0.1, "search": 0.06, "compare": 0.04, "login": 0.1, "apply": 0.02}  # fmt: skip
"""Events that no shelf led to, by their share of all."""
_VIEWS, _CLICKED, _BOUGHT, _CANCELLED = 0.075, 0.1, 0.1, 0.04
_KINDS = (*_ALONE, "impression", "click", "cancel")
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_MONEY = tuple(_NUMBER[kind] for kind in ("purchase", "top_up", "renewal", "redeem", "mature", "apply"))
_TIERS = ("fixed", "migratable", "transferable", "public")
_COMES_BACK, _HELD_OUT, _TRUE, _REMOVED = 0.55, 0.05, 0.5, 0.03
_SCOPES = {"personalisation": (0.95, 0.96), "tags": (0.06, 0.55), "holdings": (0.05, 0.6), "behaviour": (0.06, 0.6)}
"""Share of the customers who answered, and of those who said yes."""


class FeedbackSize(NamedTuple):
    """How large a bank."""

    customers: int
    events: int
    seed: int = 0


class _Events(NamedTuple):
    """Columns of events; `number` is that of the id, `refers` that of another event."""

    number: Ints
    customer: Ints
    kind: Ints
    when: Ints  # seconds since 1970
    product: Ints
    cents: Ints
    decision: Ints
    tier: Ints
    slot: Ints
    refers: Ints

    def where(self, rows: Ints | Bools) -> _Events:
        return _Events(*(column[rows] for column in self))


class _Draw:
    """The customers' tastes, from which every product of an event comes."""

    def __init__(self, size: FeedbackSize) -> None:
        whole = Size(size.customers, PRODUCTS, size.seed)
        self.roll, self.customers = dice(size.seed, "feedback"), size.customers
        self.category = categories_of(whole)
        self._edges = edges_of(whole, self.category, self.roll)
        self._taste = self.roll.integers(0, TASTES, size.customers)
        self._favourite = drawn(self._edges, self._taste, self.roll)
        self._often = np.cumsum(self.roll.gamma(1.3, 1.0, size.customers))
        self._begun = _LAST - DAYS * _SECONDS + (self.roll.random(size.customers) ** 2 * 0.8 * DAYS * _SECONDS)

    def customer(self, count: int) -> Ints:
        """Customers, the busy ones more often than others."""
        found = np.searchsorted(self._often / self._often[-1], self.roll.random(count), side="right")
        return np.minimum(found, self.customers - 1).astype(np.int64)

    def product(self, customer: Ints) -> Ints:
        """Something that each customer likes."""
        fresh = drawn(self._edges, self._taste[customer], self.roll)
        return np.where(self.roll.random(len(customer)) < _COMES_BACK, self._favourite[customer], fresh)

    def when(self, customer: Ints) -> Ints:
        """Some moment since each customer came."""
        begun = self._begun[customer]
        return np.asarray(begun + self.roll.random(len(customer)) * (_LAST - begun), dtype=np.int64)


def write_feedback_bank(folder: Path, size: FeedbackSize) -> dict[str, int]:
    """Write the files and give the rows of each; the same size gives the same bytes.

    Customers have a taste and a favourite product. Three events of ten are cards on a shelf, a tenth of those were
    clicked, a tenth of the clicks bought, some purchases taken back; one customer of twenty sees a shelf that no
    profile chose. Half of the tags claim the category of something that their carrier likes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw = _Draw(size)
    events = _events(draw, size.events)
    write_manifest(folder, _LAST)
    tags = define(size.seed)
    return {
        "products": write_products(folder, draw.category),
        "customers": _write_customers(folder, draw),
        "consents": _write_consents(folder, draw),
        "tag_definitions": write_definitions(tags, folder),
        "tags": _write_tags(folder, draw, tags),
        "events": _write_events(folder, events),
        "holdings": _write_holdings(folder, draw, events),
    }


def _events(draw: _Draw, count: int) -> _Events:
    """So many events in the order of their time; of those that were drawn beyond them some are lost, as happens."""
    cards = _cards(draw, int(count * _VIEWS))
    clicks = _followed(draw, cards, "click", (_CLICKED, 300))
    sold = _followed(draw, clicks, "purchase", (_BOUGHT, 5 * _SECONDS))
    alone = _alone(draw, count)
    undone = _followed(draw, alone.where(alone.kind == _NUMBER["purchase"]), "cancel", (_CANCELLED, 20 * _SECONDS))
    joined = _Events(*map(np.concatenate, zip(cards, clicks, sold, alone, undone, strict=True)))
    joined = joined.where(joined.when < _LAST)
    kept = draw.roll.permutation(len(joined.kind))[:count]
    return joined.where(kept[np.argsort(joined.when[kept], kind="stable")])


def _alone(draw: _Draw, count: int) -> _Events:
    size = int(count * sum(_ALONE.values()))
    customer = draw.customer(size)
    return _made(draw, customer, pick(draw.roll, np.array(list(_ALONE.values())), size), draw.when(customer), 0)


def _cards(draw: _Draw, views: int) -> _Events:
    """Cards of looks at the shelf: a decision and its slots; on a shelf that no profile chose all are `public`."""
    of_view = draw.customer(views)
    decision, slot = np.repeat(np.arange(views), CARDS), np.tile(np.arange(CARDS), views)
    customer, when = of_view[decision], draw.when(of_view)[decision]
    cards = _made(draw, customer, np.full(len(customer), _NUMBER["impression"]), when, 1)
    held_out = customer % round(1 / _HELD_OUT) == 0
    return cards._replace(decision=decision, slot=slot + 1, tier=np.where(held_out, len(_TIERS) - 1, slot % 3))


def _followed(draw: _Draw, before: _Events, kind: str, chance: tuple[float, int]) -> _Events:
    """What some of the events led to within so many seconds, of the same product; only a click knows its card."""
    share, seconds = chance
    some = before.where(draw.roll.random(len(before.kind)) < share)
    size = len(some.kind)
    when = some.when + 1 + (draw.roll.random(size) * seconds).astype(np.int64)
    found = _made(draw, some.customer, np.full(size, _NUMBER[kind]), when, 2 + _NUMBER[kind])
    if kind == "click":
        return found._replace(product=some.product, decision=some.decision, tier=some.tier, slot=some.slot)
    return found._replace(product=some.product, refers=some.number if kind == "cancel" else found.refers)


def _made(draw: _Draw, customer: Ints, kind: Ints, when: Ints, series: int) -> _Events:
    """Events of products that their customers like, with numbers of a series of their own."""
    size, nothing = len(customer), np.full(len(customer), NONE)
    worth = np.exp(draw.roll.normal(11.0, 1.5, size)).astype(np.int64) * 100
    product = np.where(kind == _NUMBER["login"], NONE, draw.product(customer))
    cents = np.where(np.isin(kind, _MONEY), worth, MISSING)
    number = np.arange(size) + series * 10**9
    return _Events(number, customer, kind, when, product, cents, nothing, nothing, nothing, nothing)


def _write_events(folder: Path, events: _Events) -> int:
    rows = len(events.number)
    columns = {
        "event_id": tables.numbered(events.number, EVENT),
        "customer_id": tables.numbered(events.customer, CUSTOMER),
        "kind": tables.words(events.kind, _KINDS),
        "occurred_at": tables.stamps(events.when),
        "product_id": product_ids(events.product),
        "amount": tables.money(events.cents),
        "decision_id": tables.numbered(events.decision, "D"),
        "tier": tables.words(events.tier, _TIERS),
        "slot": tables.whole(events.slot),
        "refers_to": tables.numbered(events.refers, EVENT),
    }
    return tables.write(folder / "events.parquet", columns, rows)


def _write_customers(folder: Path, draw: _Draw) -> int:
    roll, size = draw.roll, draw.customers
    columns = {
        "customer_id": tables.numbered(np.arange(size), CUSTOMER),
        "joined_at": tables.stamps(_LAST - roll.integers(DAYS, 10 * DAYS, size) * _SECONDS),
        "birth_year": tables.whole(roll.integers(1940, 2006, size)),
    }
    return tables.write(folder / "customers.parquet", columns, size)


def _write_consents(folder: Path, draw: _Draw) -> int:
    """Answers given before anything else is known of a customer."""
    roll, answers = draw.roll, []
    for scope, (asked, yes) in enumerate(_SCOPES.values()):
        who = np.flatnonzero(roll.random(draw.customers) < asked)
        answers.append(np.stack([who, np.full(len(who), scope), roll.random(len(who)) < yes]))
    customer, scopes, granted = np.concatenate(answers, axis=1)
    columns = {
        "customer_id": tables.numbered(customer, CUSTOMER),
        "scope": tables.words(scopes, list(_SCOPES)),
        "granted": tables.flags(granted == 1),
        "changed_at": tables.stamps(np.full(len(customer), _LAST - (DAYS + 1) * _SECONDS)),
    }
    return tables.write(folder / "consents.parquet", columns, len(customer))


def _write_tags(folder: Path, draw: _Draw, tags: list[Tag]) -> int:
    """Assignments over the year, each tag once a customer; a few were taken back."""
    roll = draw.roll
    customer = np.repeat(np.arange(draw.customers), roll.poisson(TAGS_EACH, draw.customers))
    by_category = _by_category(tags, int(draw.category.max()) + 1)
    liked = by_category[draw.category[draw.product(customer)], roll.integers(0, by_category.shape[1], len(customer))]
    lot = roll.integers(0, len(tags), len(customer))
    tag = np.where((roll.random(len(customer)) < _TRUE) & (liked != NONE), liked, lot)
    _, first = np.unique(customer * len(tags) + tag, return_index=True)
    customer, tag = customer[first], tag[first]
    when = draw.when(customer)
    gone = roll.random(len(customer)) < _REMOVED
    rows = {
        "customer": customer,
        "tag": tag,
        "when": when,
        "removed": np.where(gone, (when + _LAST) // 2, MISSING),
        "remover": np.where(gone, 0, NONE),
    }
    return write_tags(tags, rows, roll.random(len(customer)), folder)


def _by_category(tags: list[Tag], categories: int) -> Ints:
    """[categories, most tags of one]: those that claim each, over and over; NONE where there is none."""
    claims = [[number for number, tag in enumerate(tags) if tag.categories == [one]] for one in range(categories)]
    most = max(map(len, claims))
    return np.array([(own * most)[:most] if own else [NONE] * most for own in claims], dtype=np.int64)


def _write_holdings(folder: Path, draw: _Draw, events: _Events) -> int:
    """One spell for the first purchase of a product by a customer; a third may have ended, a third matures."""
    bought = np.flatnonzero(events.kind == _NUMBER["purchase"])
    _, first = np.unique(events.customer[bought] * PRODUCTS + events.product[bought], return_index=True)
    opened = events.where(bought[first])
    fate = draw.roll.random(len(first))
    ends = opened.when + draw.roll.integers(20, DAYS, len(first)) * _SECONDS
    columns = {
        "customer_id": tables.numbered(opened.customer, CUSTOMER),
        "product_id": product_ids(opened.product),
        "opened_at": tables.stamps(opened.when),
        "closed_at": tables.stamps(np.where((fate < 1 / 3) & (ends < _LAST), ends, MISSING)),
        "amount": tables.money(opened.cents),
        "matures_at": tables.stamps(np.where(fate > 2 / 3, ends, MISSING)),
    }
    return tables.write(folder / "holdings.parquet", columns, len(first))
