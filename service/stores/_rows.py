"""Computes customers' rows from the tables and writes those that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from recommender.profile.fold import Happening, Profile, StateError, refold
from recommender.profile.state import SCHEMA
from service.bases import base_of
from service.profiles import Known, Muting, answers_of, gate_of, happening, personal, to_bytes
from service.stores import tables
from service.stores._bank import Bank
from service.stores._facts import MUTED, SEQ, TOLD, Event, Record, events_of, known_of
from service.stores._locks import NOT_YET
from service.stores._quarantine import misplaced, settle
from service.stores._upsert import table, upsert

_ROWS, _EVENTS, _PRODUCTS = table(tables.CustomerRows), table(tables.Events), table(tables.Products)
_MARK = update(_EVENTS).where(_EVENTS.c.seq == bindparam("of_seq")).values(muted=bindparam("is_muted"))
_STORED = select(_ROWS).where(_ROWS.c.customer_id.in_(bindparam("ids", expanding=True)), _ROWS.c.version > NOT_YET)
_CATEGORIES = select(_PRODUCTS.c.product_no, _PRODUCTS.c.category_no)
_NEWEST = select(func.max(_PRODUCTS.c.product_no))

Categories = Mapping[int, int]
"""Product number -> category number."""


class Computed(NamedTuple):
    """The parts of a row that tables and events make, and the events whose mute mark is wrong: (seq, muted)."""

    personal: bool
    gate: bytes
    state: bytes
    marks: Sequence[tuple[int, bool]]


def categories_of(connection: Connection) -> dict[int, int]:
    """The category of every product; it never changes."""
    rows = connection.execute(_CATEGORIES)
    return {row.product_no: row.category_no for row in rows}


def count_products(connection: Connection) -> int:
    """How many products there are: their numbers are dense."""
    newest: int | None = connection.scalar(_NEWEST)
    return 0 if newest is None else newest + 1


def compute(bank: Bank, category_of: Categories, known: Known, events: Iterable[Event]) -> Computed:
    """The row of one customer from everything that is stored; the order of the events does not matter."""
    defaults = bank.regime.consent_defaults
    answers = answers_of(known.consents)
    mutes = Muting(answers, defaults)
    happenings: list[Happening] = []
    dismissed: list[tuple[int, int]] = []
    marks: list[tuple[int, bool]] = []
    for row in events:
        is_muted = mutes(row[2], row[0])
        if is_muted != row[MUTED]:
            marks.append((row[SEQ], is_muted))
        if not is_muted:
            happenings.append(happening(row[:TOLD], category_of, bank.calendar))
            if row[2] == "dismiss":
                dismissed.append((row[3], row[0]))
    base = base_of(known, category_of, bank.calendar, bank.regime.tombstone_days)
    return Computed(
        personal(answers, bank.now_us(), defaults),
        to_bytes(gate_of(known, dismissed)),
        refold(base, happenings).encode(),
        marks,
    )


def stored_rows(connection: Connection, customer_ids: Sequence[str]) -> dict[str, Record]:
    """The rows that customers have now."""
    rows = connection.execute(_STORED, {"ids": customer_ids})
    return {row.customer_id: row._asdict() for row in rows}


def refresh(connection: Connection, bank: Bank, category_of: Categories, customer_ids: Sequence[str]) -> int:
    """Compute the rows of customers from the tables and write those that changed; the number of events read."""
    known = settle(connection, bank, known_of(connection, customer_ids))
    stored = stored_rows(connection, customer_ids)
    changed: list[dict[str, Any]] = []
    marks: list[tuple[int, bool]] = []
    read = 0
    for customer_id, events in events_of(connection, customer_ids):
        computed = compute(bank, category_of, known[customer_id], events)
        read += len(events)
        marks += computed.marks
        changed += changes(customer_id, stored.get(customer_id), computed[:3])
    if marks:
        connection.execute(_MARK, [{"of_seq": seq, "is_muted": is_muted} for seq, is_muted in marks])
    upsert(connection, _ROWS, changed)
    return read


def renew(connection: Connection, bank: Bank, category_of: Categories, customer_ids: Sequence[str]) -> None:
    """As `refresh` where nothing but flows and tags changed: what the events made of a row is kept, none is read."""
    known = settle(connection, bank, known_of(connection, customer_ids, held=False))
    stored = stored_rows(connection, customer_ids)
    changed: list[dict[str, Any]] = []
    anew: list[str] = []
    for customer_id in customer_ids:
        row, own = stored.get(customer_id), known[customer_id]
        profile = None if row is None else kept_profile(row["state"])
        if row is None or profile is None:
            anew.append(customer_id)
            continue
        profile.renew(base_of(own, category_of, bank.calendar, bank.regime.tombstone_days))
        may = personal(answers_of(own.consents), bank.now_us(), bank.regime.consent_defaults)
        changed += changes(customer_id, row, (may, row["gate"], profile.encode()))
    upsert(connection, _ROWS, changed)
    if anew:
        refresh(connection, bank, category_of, anew)


def kept_profile(state: bytes | None) -> Profile | None:
    """The profile of a stored row; None where it has to be folded from the first event on."""
    try:
        return None if state is None else Profile.decode(state)
    except StateError:
        return None


def stale(connection: Connection, bank: Bank, category_of: Categories, customer_ids: Sequence[str]) -> list[str]:
    """The customers whose row, or the marks of whose events and tags, are not what `refresh` would leave."""
    known = known_of(connection, customer_ids)
    stored = stored_rows(connection, customer_ids)
    unsettled = {key[0] for key in misplaced(connection, bank, known)}
    found = []
    for customer_id, events in events_of(connection, customer_ids):
        computed = compute(bank, category_of, known[customer_id], events)
        if customer_id in unsettled or computed.marks or changes(customer_id, stored.get(customer_id), computed[:3]):
            found.append(customer_id)
    return found


def changes(
    customer_id: str, stored: Record | None, computed: tuple[bool, bytes, bytes | None]
) -> list[dict[str, Any]]:
    """The row to write under the next version, none where it would be the same."""
    if stored is not None and (stored["personal"], stored["gate"], stored["state"]) == computed:
        return []
    is_personal, gate, state = computed
    version = 1 if stored is None else stored["version"] + 1
    return [
        {
            "customer_id": customer_id,
            "version": version,
            "personal": is_personal,
            "schema_no": SCHEMA,
            "gate": gate,
            "state": state,
        }
    ]
