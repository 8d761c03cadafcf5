"""Keeps assignments of tags that cannot be right out of use, and releases them, each change with a row of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, select, update

from recommender.tag_quality.quarantine import REASONS, UNKNOWN, Assignments, Claims, quarantine
from recommender.training_data import Ints
from service.calendar import DAY_US
from service.profiles import Known
from service.stores import tables
from service.stores._bank import Bank
from service.stores._upsert import table

_TAGS, _DEFINITIONS, _CUSTOMERS = table(tables.Tags), table(tables.TagDefinitions), table(tables.Customers)
_LOG = table(tables.TagQuarantines)
_KEY = ("customer_id", "tag_no", "assigned_us")
_READ = (*_KEY, "removed_us", "removed_by", "quarantined")
_ALL = select(*(_TAGS.c[name] for name in _READ), _CUSTOMERS.c.joined_us).join(
    _CUSTOMERS, _CUSTOMERS.c.customer_id == _TAGS.c.customer_id, isouter=True
)
_MARK = (
    update(_TAGS)
    .where(*(_TAGS.c[name] == bindparam(f"of_{name}") for name in _KEY))
    .values(quarantined=bindparam("reason"))
)
_CLAIMS = select(
    *(_DEFINITIONS.c[name] for name in ("tag_no", "category_no", "zone", "polarity", "provider", "one_of"))
).order_by(_DEFINITIONS.c.tag_no)
PAGE = 20_000  # assignments read at once

Row = tuple[Any, ...]
Key = tuple[str, int, int]
"""Of an assignment: customer, tag number, assigned_us."""


def settle(connection: Connection, bank: Bank, known: Mapping[str, Known]) -> dict[str, Known]:
    """The same facts of customers with every assignment marked as it has to be; what was not is stored and logged."""
    changes = _changes(connection, bank, _rows_of(known))
    if not changes:
        return dict(known)
    now_us = bank.now_us()
    logged = [
        {**dict(zip(_KEY, key, strict=True)), "changed_us": now_us, "reason": reason} for key, reason in changes.items()
    ]
    marks = [{f"of_{name}": row[name] for name in _KEY} | {"reason": row["reason"]} for row in logged]
    connection.execute(_MARK, marks)
    connection.execute(_LOG.insert(), logged)
    touched = {key[0] for key in changes}
    return {
        customer_id: dataclasses.replace(of, tags=_marked(of.tags, changes)) if customer_id in touched else of
        for customer_id, of in known.items()
    }


def misplaced(connection: Connection, bank: Bank, known: Mapping[str, Known] | None = None) -> dict[Key, str | None]:
    """The assignments that `settle` would mark otherwise, and how: everybody's unless some customers are given."""
    if known is not None:
        return _changes(connection, bank, _rows_of(known))
    found: dict[Key, str | None] = {}
    for page in _pages(connection):
        found |= _changes(connection, bank, page)
    return found


def _pages(connection: Connection) -> Iterator[list[Row]]:
    """The assignments of everybody, those of a customer never in two pages."""
    held: list[Row] = []
    statement = _ALL.order_by(_TAGS.c.customer_id).execution_options(yield_per=PAGE)
    for part in connection.execute(statement).partitions(PAGE):
        held += [tuple(row) for row in part]
        last = held[-1][0]
        ends = next((place for place in range(len(held), 0, -1) if held[place - 1][0] != last), 0)
        yield held[:ends]
        held = held[ends:]
    yield held


def _rows_of(known: Mapping[str, Known]) -> list[Row]:
    return [(*(row[name] for name in _READ), of.profile.get("joined_us")) for of in known.values() for row in of.tags]


def _marked(tags: Sequence[Mapping[str, Any]], changes: Mapping[Key, str | None]) -> list[Mapping[str, Any]]:
    keys = [(row["customer_id"], row["tag_no"], row["assigned_us"]) for row in tags]
    return [
        {**row, "quarantined": changes[key]} if key in changes else row for row, key in zip(tags, keys, strict=True)
    ]


def _changes(connection: Connection, bank: Bank, found: Sequence[Row]) -> dict[Key, str | None]:
    if not found:
        return {}
    customer_ids, tags, at, removed, removed_by, stands, joined = zip(*found, strict=True)
    place: dict[str, int] = {}
    customer = np.array([place.setdefault(one, len(place)) for one in customer_ids])
    at_us, tag = np.array(at, dtype=np.int64), np.array(tags, dtype=np.int64)
    own = [by == "customer" and us is not None for by, us in zip(removed_by, removed, strict=True)]
    reasons = quarantine(
        Assignments(
            customer=customer,
            tag=tag,
            at=at_us,
            day=bank.calendar.days(at_us),
            joined=_days(bank, joined),
            held_until=_held_until((customer, tag), removed, own, bank.regime.tombstone_days * DAY_US),
            is_open=np.array([us is None for us in removed]),
        ),
        _claims(connection),
    )
    told = [REASONS[number] or None for number in reasons.tolist()]
    return {row[:3]: reason for row, reason, mark in zip(found, told, stands, strict=True) if reason != mark}


def _days(bank: Bank, instants: Sequence[int | None]) -> Ints:
    known = np.array([us is not None for us in instants])
    days = bank.calendar.days(np.array([us or 0 for us in instants], dtype=np.int64))
    return np.where(known, days, UNKNOWN)


def _held_until(of: tuple[Ints, Ints], removed: Sequence[int | None], own: Sequence[bool], runs_us: int) -> Ints:
    """When the last deletion by the customer of each assignment's tag ends."""
    if not any(own):
        return np.full(len(own), UNKNOWN)
    key = np.unique(of[0] * (int(of[1].max()) + 1) + of[1], return_inverse=True)[1]
    until = np.full(int(key.max()) + 1, UNKNOWN, dtype=np.int64)
    deleted = np.flatnonzero(own)
    np.maximum.at(until, key[deleted], np.array([removed[row] for row in deleted.tolist()], dtype=np.int64) + runs_us)
    return np.asarray(until[key])


def _claims(connection: Connection) -> Claims:
    """Providers by name; tags without one are the bank's own, and so of one provider too."""
    rows = connection.execute(_CLAIMS).all()
    numbers: dict[object, int] = {}
    subject, polarity, rival = (np.full(len(rows), fill, dtype=np.int64) for fill in (UNKNOWN, 1, UNKNOWN))
    for row in rows:
        if row.category_no is not None or row.zone is not None:
            claim = row.zone if row.category_no is None else row.category_no
            subject[row.tag_no] = numbers.setdefault((row.provider, claim), len(numbers))
        polarity[row.tag_no] = 1 if row.polarity is None else row.polarity
        if row.one_of is not None:
            rival[row.tag_no] = numbers.setdefault((row.provider, "one of", row.one_of), len(numbers))
    return Claims(subject, polarity, rival)
