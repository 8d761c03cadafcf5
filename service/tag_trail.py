"""The audit trail of tags: lives, latent tags and quarantines in one list, in the order in which they happened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from sqlalchemy import ColumnElement, Connection, Select, select, tuple_

from recommender.tag_quality.tag_life import STATES
from service.calendar import date_of_day
from service.clock import iso
from service.latent_plan import GIVEN, TAKEN_BACK
from service.stores import tables
from service.stores._upsert import table

KINDS = ("life", "latent", "quarantine")
"""A tag changed its state; a latent one was given or taken back; an assignment went into quarantine or out of it."""
CHANGES = (*STATES, GIVEN, TAKEN_BACK, "quarantined", "released")
LIMIT = 1_000
"""The longest page."""
_QUOTED = r"(?:[0-9A-Za-z_.~-]|%(?:0[1-9A-F]|[1-9A-F][0-9A-F]))*"
PLACE = rf"^(0|[1-9][0-9]{{0,15}})-(life|latent|quarantine)-(0|[1-9][0-9]{{0,15}})-({_QUOTED})$"
"""A place in the trail: the time of a row, its kind, and what tells it from others of that time and kind.

A customer's id in it is percent-encoded: one that was imported may be any text.
"""

_TAGS, _PLACE = table(tables.TagDefinitions), re.compile(PLACE)
_SOURCES = (table(tables.TagLives), table(tables.LatentChanges), table(tables.TagQuarantines))
_ORDERS = (("measured_us", "tag_no"), ("at_us", "tag_no", "customer_id"), ("changed_us", "seq"))
"""Of each kind, as an index has it: first the time."""
_TOLD = ("kind", "tag", "name", "customer_id", "change", "before", "reason", "of_tag", "tag_version")
_PROOF = ("followed", "bound", "base_rate", "psi", "ece")
_COUNTED = ("occasions", "hits", "n", "n_eff", "theta0", "truth")

Row = dict[str, Any]
Place = tuple[int, int, int, str]
"""Time, number of the kind, number of the tag or row, customer: what the trail is sorted by."""


class Asked(NamedTuple):
    """Which rows: those of a tag, by its number, or of a customer, from an instant and before another one."""

    tag_no: int | None = None
    customer_id: str | None = None
    since_us: int | None = None
    until_us: int | None = None


class Page(NamedTuple):
    """Rows of the trail, the newest last, and the place after which it goes on; None: it does not."""

    rows: list[Row]
    after: str | None


def tag_number(connection: Connection, tag: str) -> int | None:
    """The number of a tag; None: there is none of that name."""
    number: int | None = connection.scalar(select(_TAGS.c.tag_no).where(_TAGS.c.tag == tag))
    return number


def tag_trail(connection: Connection, asked: Asked, after: str | None = None, limit: int = LIMIT) -> Page:
    """At most so many rows after a place, without one the oldest; ValueError: no such place.

    Of a customer there are no lives of tags.
    """
    place = None if after is None else _place(after)
    kinds = range(0 if asked.customer_id is None else 1, len(KINDS))
    found = list(islice(merge(*(_rows(connection, kind, asked, (place, limit + 1)) for kind in kinds)), limit + 1))
    numbers = {row[name] for _, row in found for name in ("tag_no", "of_tag_no") if name in row}
    names = {row.tag_no: (row.tag, row.name) for row in connection.execute(_named(numbers))}
    told = [_told(KINDS[place[1]], row, names) for place, row in found[:limit]]
    return Page(told, _text(found[limit - 1][0]) if len(found) > limit else None)


def _rows(connection: Connection, kind: int, asked: Asked, of: tuple[Place | None, int]) -> list[tuple[Place, Row]]:
    """The next rows of a kind with their places, in their order."""
    source, names, (after, limit) = _SOURCES[kind], _ORDERS[kind], of
    order = [source.c[name] for name in names]
    wanted = [
        *([] if asked.tag_no is None else [source.c.tag_no == asked.tag_no]),
        *([] if asked.customer_id is None else [source.c.customer_id == asked.customer_id]),
        *([] if asked.since_us is None else [order[0] >= asked.since_us]),
        *([] if asked.until_us is None else [order[0] < asked.until_us]),
    ]
    statement = select(source).where(*wanted)
    if after is not None:
        statement = statement.where(_is_behind(order, kind, after))
    rows = [row._asdict() for row in connection.execute(statement.order_by(*order).limit(limit))]
    return [((row[names[0]], kind, row[names[1]], row["customer_id"] if len(names) > 2 else ""), row) for row in rows]


def _is_behind(order: list[Any], kind: int, after: Place) -> ColumnElement[bool]:
    at_us, at_kind, *rest = after
    if kind != at_kind:
        later: ColumnElement[bool] = order[0] >= at_us if kind > at_kind else order[0] > at_us
        return later
    return tuple_(*order) > tuple_(*(at_us, *rest)[: len(order)])


def _named(numbers: set[int]) -> Select[Any]:
    return select(_TAGS.c.tag_no, _TAGS.c.tag, _TAGS.c.name).where(_TAGS.c.tag_no.in_(numbers))


def _place(text: str) -> Place:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]), KINDS.index(found[2]), int(found[3]), unquote(found[4])


def _text(place: Place) -> str:
    at_us, kind, number, customer_id = place
    return f"{at_us}-{KINDS[kind]}-{number}-{quote(customer_id, safe='')}"


def _told(kind: str, row: Row, names: Mapping[int, tuple[str, str | None]]) -> Row:
    tag, name = names[row["tag_no"]]
    of = {"kind": kind, "tag": tag, "name": name, "customer_id": row.get("customer_id")}
    if kind == "life":
        change = {"change": row["after"], "before": row["before"], "reason": row["cause"]}
        return _row(row["measured_us"], of | change, {one: row[one] for one in _PROOF})
    if kind == "latent":
        known = {"of_tag": names[row["of_tag_no"]][0], "tag_version": f"t{row['tags_version']}"}
        since = None if row["since_day"] is None else str(date_of_day(row["since_day"]))
        change = {"change": row["change"], "reason": row["reason"], **known}
        return _row(row["at_us"], of | change, {**{one: row[one] for one in _COUNTED}, "since": since})
    change = {"change": "quarantined" if row["reason"] else "released", "reason": row["reason"]}
    return _row(row["changed_us"], of | change, {"assigned_at": iso(row["assigned_us"])})


def _row(at_us: int, told: Row, figures: Row) -> Row:
    return {"at": iso(at_us), **{name: told.get(name) for name in _TOLD}, "figures": figures}
