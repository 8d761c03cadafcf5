"""Reads the intent events that no shelf and no task prompted: signs of a preference besides purchases."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from sqlalchemy import Connection, select

from recommender.attribution import EXPOSURE_DAYS, TIERS
from recommender.profile.state import INTENT_KINDS
from recommender.tag_quality.evidence import Purchased
from recommender.training_data import Bools, Ints
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table
from service.tag_customers import TagCustomers

_EVENTS = table(tables.Events)
_SHOWN = "impression"
_PERSONAL = frozenset(TIERS) - {"public"}
SPAN = 2**22  # days: more than any span between two events


def tag_looks(
    connection: Connection, customers: TagCustomers, at_us: int, of: tuple[Runtime, Ints], *, prompted: bool = False
) -> tuple[Purchased, Purchased]:
    """Each category that one of the customers looked at on a day, once, up to an instant; `of` names the families.

    As of purchases (§11), a look within seven days after a personal card of a competing category is none (`prompted`:
    it counts all the same); a look that names a task is none either: it was asked for. Customers without consent
    `behaviour` show none. Also the personal cards by customer, category and day (`prompted`: none): what they cover.
    """
    runtime, family = of
    columns = (_EVENTS.c.customer_id, _EVENTS.c.category_no, _EVENTS.c.product_no, _EVENTS.c.occurred_us)
    statement = (
        select(*columns, _EVENTS.c.kind == _SHOWN, _EVENTS.c.tier)
        .where(_EVENTS.c.kind.in_(sorted({*INTENT_KINDS, _SHOWN})), _EVENTS.c.muted.is_(False))
        .where(_EVENTS.c.occurred_us <= at_us, _EVENTS.c.task_id.is_(None))
    )
    open_to = zip(customers.ids, customers.behaviour, strict=True)
    place = {customer_id: number for number, (customer_id, may) in enumerate(open_to) if may}
    category_of = runtime.worlds.last().numbers.category_of
    found: list[tuple[int, int, int, bool]] = []
    for customer_id, category, product, at, shown, tier in cast("Any", connection.execute(statement).cursor):
        number = category if category is not None else category_of.get(product, -1)
        if customer_id in place and 0 <= number < len(family) and (not shown or tier in _PERSONAL | {None}):
            found.append((place[customer_id], number, at, bool(shown)))
    customer, number, at, shown = np.array(found, dtype=np.int64).reshape(-1, 4).T
    day = runtime.calendar.days(at)
    group = customer * (int(family.max(initial=0)) + 1) + family[number]
    own = shown == 0 if prompted else _unprompted(group, day, shown > 0)
    seen = np.column_stack([customer, number, day])
    return _distinct(seen[own]), _distinct(seen[(shown > 0) & (not prompted)])


def _distinct(entries: Ints) -> Purchased:
    rows = np.unique(entries, axis=0)
    return Purchased(rows[:, 0], rows[:, 1], rows[:, 2], np.ones(len(rows)))


def _unprompted(group: Ints, day: Ints, shown: Bools) -> Bools:
    """Which of the entries are looks without a card of the same group on the day or in the seven days before."""
    cards = np.unique(group[shown] * SPAN + day[shown])
    last = np.searchsorted(cards, group * SPAN + day, side="right")
    first = np.searchsorted(cards, group * SPAN + day - EXPOSURE_DAYS, side="left")
    return np.asarray(~shown & (last == first))
