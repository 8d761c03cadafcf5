"""Reads a bank's events, decisions and credits in pages of whole customers, as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from typing import Any, cast

import numpy as np
from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select

from recommender.attribution import TIERS
from recommender.training_data import Bools, Ints
from service.calendar import BankCalendar, Times
from service.profiles import PERSONALISATION, Muting, read_derived
from service.reports._governed import NONE, NOTHING
from service.reports._logged import Logged, logged_of
from service.reports._page import (
    KIND,
    MODES,
    STAGES,
    UNKNOWN,
    Acted,
    Cards,
    Credited,
    Happened,
    Page,
    Shelves,
    Snapshot,
)
from service.reports.scope import Scope
from service.stores import tables
from service.stores._history import everybody
from service.stores._rows import categories_of
from service.stores._upsert import table
from shelf_rules.decision import TIERS as ASSIGNED
from shelf_rules.reasons import FEATURED

SIZE = 500  # customers of a page: some tens of megabytes where everybody opens the app daily for years

_EVENTS, _LOG, _CREDITS = table(tables.Events), table(tables.Decisions), table(tables.Credits)
_ROWS, _CUSTOMERS, _PRODUCTS = table(tables.RowVersions), table(tables.Customers), table(tables.Products)
_CONSENTS = table(tables.Consents)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_UNTIL: BindParameter[int] = bindparam("until_us")
_NEXT = select(_LOG.c.customer_id).distinct().order_by(_LOG.c.customer_id)


def _of(columns: Sequence[Any], at: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    of = at.table
    return select(*columns).where(of.c.customer_id.in_(_IDS), at < _UNTIL)


def _numbers(of: Any, *names: str) -> list[Any]:  # noqa: ANN401 - as _of
    """Columns of whole numbers, -1 where there is none."""
    return [func.coalesce(of.c[name], UNKNOWN) for name in names]


_HAPPENED = (
    _of(
        [
            *(_EVENTS.c[name] for name in ("customer_id", "event_id", "kind", "tier", "decision_id")),
            *_numbers(_EVENTS, "occurred_us", "arrived_us", "product_no", "category_no", "slot", "amount"),
            _EVENTS.c.invited_by,
        ],
        _EVENTS.c.occurred_us,
    )
    .where(_EVENTS.c.muted.is_(False))
    .order_by(_EVENTS.c.customer_id, _EVENTS.c.event_id)
)
_SHELVES = _of(
    [
        *(_LOG.c[name] for name in ("customer_id", "decision_id", "document")),
        *_numbers(_LOG, "decided_us", "row_version"),
    ],
    _LOG.c.decided_us,
).order_by(_LOG.c.customer_id, _LOG.c.decision_id)
_CREDITED = _of(
    [
        *(_CREDITS.c[name] for name in ("customer_id", "click_id", "kind", "tier", "cancelled_us", "same_product")),
        *_numbers(_CREDITS, "occurred_us", "product_no", "category_no", "amount"),
    ],
    _CREDITS.c.occurred_us,
).order_by(_CREDITS.c.customer_id, _CREDITS.c.event_id)
_DERIVED = select(_ROWS.c.customer_id, _ROWS.c.version, _ROWS.c.derived).where(
    _ROWS.c.customer_id.in_(_IDS), _ROWS.c.derived.is_not(None)
)
_JOINED = select(_CUSTOMERS.c.customer_id, _CUSTOMERS.c.joined_us).where(
    _CUSTOMERS.c.customer_id.in_(_IDS), _CUSTOMERS.c.joined_us.is_not(None)
)
_ANSWERS = select(_CONSENTS.c.customer_id, _CONSENTS.c.granted, _CONSENTS.c.changed_us).where(
    _CONSENTS.c.customer_id.in_(_IDS), _CONSENTS.c.scope == PERSONALISATION
)

Rows = list[tuple[Any, ...]]


_MODE = {name: number for number, name in enumerate(MODES)}
_STAGE = {name: number for number, name in enumerate(STAGES)}
_TIER = {name: number for number, name in enumerate(TIERS)}
_ASSIGNED = {name: number for number, name in enumerate(ASSIGNED, start=1)}


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """What pages are read with: products by id, the category of each by number."""

    connection: Connection
    scope: Scope
    product_no: Mapping[str, int]
    category_of: Ints

    @classmethod
    def over(cls, connection: Connection, scope: Scope) -> Reader:
        """A reader of all that is stored."""
        category_of = categories_of(connection)
        found = np.full(max(category_of, default=-1) + 2, UNKNOWN, dtype=np.int64)  # the last one: of no product
        for product, category in category_of.items():
            found[product] = category
        ids = {row.product_id: row.product_no for row in connection.execute(select(_PRODUCTS))}
        return cls(connection, scope, ids, found)

    def pages(self) -> Iterator[Page]:
        """Pages of all customers that any table or the decision log knows, in the order of their ids."""
        after = ""
        while ids := self._next(after):
            after = ids[-1]
            yield self._page(ids)

    def _next(self, after: str) -> list[str]:
        logged = self.connection.scalars(_NEXT.where(_LOG.c.customer_id > after).limit(SIZE))
        return [one for one, _ in islice(groupby(merge(everybody(self.connection, after, SIZE), logged)), SIZE)]

    def _page(self, ids: list[str]) -> Page:
        number = {customer_id: place for place, customer_id in enumerate(ids)}
        logged, happened = self._rows(_SHELVES, ids), self._rows(_HAPPENED, ids)
        documents = [logged_of(row[2]) for row in logged]
        place = {(row[0], row[1]): at for at, row in enumerate(logged)}
        joined = np.full(len(ids), UNKNOWN, dtype=np.int64)
        for customer_id, joined_us in self._rows(_JOINED, ids):
            joined[number[customer_id]] = self.scope.calendar.day(joined_us)
        clicks = {(row[0], row[1]): at for at, row in enumerate(happened) if row[2] == "click"}
        return Page(
            customers=len(ids),
            joined=joined,
            happened=_happened(happened, number, place, self),
            shelves=_shelves(logged, documents, number, (self.scope, self._heard(logged, ids))),
            cards=self._cards(documents),
            acted=self._acted(documents),
            credited=_credited(self._rows(_CREDITED, ids), number, clicks, self.scope.calendar),
            tiers=self._tiers(ids, number),
        )

    def _rows(self, statement: Select[Any], ids: list[str]) -> Rows:
        bound = {"ids": ids, "until_us": self.scope.until_us}
        return [tuple(row) for row in cast("Rows", self.connection.execute(statement, bound).cursor)]

    def _heard(self, logged: Rows, ids: list[str]) -> Bools:
        """Of which decisions what followed may be read."""
        answers: dict[str, list[tuple[str, bool, int]]] = {}
        for customer_id, yes, at_us in self._rows(_ANSWERS, ids):
            answers.setdefault(customer_id, []).append((PERSONALISATION, bool(yes), at_us))
        mutes = {one: Muting(answers.get(one, ()), self.scope.consent_defaults) for one in ids}
        return np.array([not mutes[row[0]]("impression", row[3]) for row in logged], dtype=np.bool_)

    def categories(self, product: Ints) -> Ints:
        """The category of each product, -1 of none."""
        last = len(self.category_of) - 1
        found: Ints = self.category_of[np.where((product >= 0) & (product < last), product, last)]
        return found

    def _cards(self, documents: list[Logged]) -> Cards:
        slots = [(at, one) for at, document in enumerate(documents) for one in document.outcome.slots]
        product = _ints(self.product_no.get(one.product_id, UNKNOWN) for _, one in slots)
        return Cards(
            shelf=_ints(at for at, _ in slots),
            tier=_ints(_TIER.get(one.tier, UNKNOWN) for _, one in slots),
            slot=_ints(one.slot for _, one in slots),
            product=product,
            category=self.categories(product),
            task=np.array([one.task is not None for _, one in slots], dtype=np.bool_),
            featured=np.array([one.reason == FEATURED for _, one in slots], dtype=np.bool_),
        )

    def _acted(self, documents: list[Logged]) -> Acted:
        governed, rows = self.scope.governed, []
        for at, document in enumerate(documents):
            for name in document.outcome.rules:
                pinned = governed.pins.get((document.versions.policy, name), NOTHING)
                pin = self.product_no.get(pinned.product_id, UNKNOWN), _TIER.get(pinned.tier, UNKNOWN)
                withheld = document.outcome.withheld_by.get(name, 0)
                rows.append((at, governed.rules.get(name, UNKNOWN), withheld, *pin))
        return Acted(*(_ints(column) for column in _columns(rows, 5)))

    def _tiers(self, ids: list[str], number: Mapping[str, int]) -> dict[tuple[int, int], Snapshot]:
        found = {}
        for customer_id, version, derived in self._rows(_DERIVED, ids):
            part = read_derived(derived)
            column = np.zeros(len(self.scope.codes), dtype=np.int64)
            for category, tier in part.tiers:
                if category < len(column):
                    column[category] = _ASSIGNED.get(tier, 0)
            if part.day >= 0:
                found[number[customer_id], version] = Snapshot(part.day, column)
        return found


def _ints(values: Any) -> Times:  # noqa: ANN401 - an iterable of numbers
    found: Times = np.fromiter(values, dtype=np.int64)
    return found


def _columns(rows: Rows, width: int) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _happened(rows: Rows, number: Mapping[str, int], place: dict[tuple[str, str], int], reader: Reader) -> Happened:
    who, _, kind, tier, decision, at, arrived, product, category, slot, amount, inviter = _columns(rows, 12)
    shelf, times, products, own = [], _ints(at), _ints(product), _ints(category)
    for row, (customer, named) in enumerate(zip(who, decision, strict=True)):
        # Without a decision an event is about a card of its own; a decision about somebody else is not known.
        shelf.append(place.setdefault((customer, named if named is not None else f"\0{row}"), len(place)))
    return Happened(
        customer=_ints(number[one] for one in who),
        kind=_ints(KIND.get(one, KIND["other"]) for one in kind),
        at=times,
        day=reader.scope.calendar.days(times),
        arrived=_ints(arrived),
        product=products,
        category=np.where(own >= 0, own, reader.categories(products)),
        tier=_ints(_TIER.get(one, UNKNOWN) for one in tier),
        slot=_ints(slot),
        shelf=_ints(shelf),
        amount=_ints(amount),
        invited=np.array([one is not None for one in inviter], dtype=np.bool_),
    )


def _shelves(rows: Rows, documents: list[Logged], number: Mapping[str, int], known: tuple[Scope, Bools]) -> Shelves:
    who, _, _, at, version = _columns(rows, 5)
    times, (scope, heard) = _ints(at), known
    primary = (next(iter(one.outcome.segments), NONE) for one in documents)
    return Shelves(
        customer=_ints(number[one] for one in who),
        at=times,
        day=scope.calendar.days(times),
        mode=_ints(_MODE.get(one.outcome.mode, UNKNOWN) for one in documents),
        stage=_ints(_STAGE.get(one.outcome.stage or "none", UNKNOWN) for one in documents),
        degraded=np.array([bool(one.degraded) for one in documents], dtype=np.bool_),
        segment=_ints(scope.governed.segments.get(name, UNKNOWN) for name in primary),
        version=_ints(version),
        heard=heard,
    )


def _credited(rows: Rows, number: Mapping[str, int], clicks: Mapping[Any, int], calendar: BankCalendar) -> Credited:
    who, click, kind, tier, cancelled, same, at, product, category, amount = _columns(rows, 10)
    times = _ints(at)
    return Credited(
        customer=_ints(number[one] for one in who),
        kind=_ints(KIND[one] for one in kind),
        at=times,
        day=calendar.days(times),
        product=_ints(product),
        category=_ints(category),
        amount=_ints(amount),
        kept=np.array([one is None for one in cancelled], dtype=np.bool_),
        click=_ints(clicks.get((one, of), UNKNOWN) for one, of in zip(who, click, strict=True)),
        same=np.array([bool(one) for one in same], dtype=np.bool_),
        tier=_ints(_TIER.get(one, UNKNOWN) for one in tier),
    )
