"""Takes in events and consent answers: idempotent, and with the rows they change in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from recommender.profile.fold import Profile
from service.profiles import (
    PERSONALISATION,
    RETORT_US,
    Muting,
    Told,
    happening,
    newest_dismissals,
    read_gate,
    to_bytes,
)
from service.stores import tables
from service.stores._bank import Bank
from service.stores._exposed import expose
from service.stores._rows import Categories, changes, kept_profile, refresh, stored_rows
from service.stores._upsert import insert_unique, table, upsert
from service.stores.protocols import Appended, ConsentChange, EventRecord

_EVENTS, _CONSENTS, _ROWS = table(tables.Events), table(tables.Consents), table(tables.CustomerRows)
_ACCEPTED, _DUPLICATE, _CONFLICT = Appended("accepted"), Appended("duplicate"), Appended("conflict")
_STORED = tuple(name for name in EventRecord._fields if name not in {"body", "arms"})
_OF_EVENT = itemgetter(*(EventRecord._fields.index(name) for name in _STORED))
_COLUMNS = (*_STORED, "muted", "body_sha256")

Key = tuple[str, str]

_UNIQUE = ("customer_id", "event_id")
_BODY = select(_EVENTS.c.body_sha256).where(
    _EVENTS.c.customer_id == bindparam("customer"), _EVENTS.c.event_id == bindparam("event")
)
_ANSWERS = select(_CONSENTS.c.customer_id, _CONSENTS.c.granted, _CONSENTS.c.changed_us).where(
    _CONSENTS.c.customer_id.in_(bindparam("ids", expanding=True)), _CONSENTS.c.scope == PERSONALISATION
)


def append(
    connection: Connection, bank: Bank, category_of: Categories, events: Sequence[EventRecord]
) -> list[Appended]:
    """Store the events that are new and fold them; an event id that is there with another body is a conflict."""
    bodies = [sha256(event.body).digest() for event in events]
    first: dict[Key, tuple[EventRecord, bytes]] = {}
    for event, body in zip(events, bodies, strict=True):
        first.setdefault((event.customer_id, event.event_id), (event, body))
    mutes = _muting(connection, bank, sorted({customer_id for customer_id, _ in first}))
    inserted = _insert(connection, first, mutes)
    fresh: dict[str, list[EventRecord]] = defaultdict(list)
    for event, _ in (first[key] for key in first if key in inserted):
        if not mutes[event.customer_id](event.kind, event.occurred_us):
            fresh[event.customer_id].append(event)
        elif event.customer_id not in fresh:
            fresh[event.customer_id] = []
    _fold(connection, bank, category_of, fresh)
    expose(connection, [event for heard in fresh.values() for event in heard if event.arms])
    return _results(connection, events, bodies, first, inserted)


def _insert(
    connection: Connection, first: Mapping[Key, tuple[EventRecord, bytes]], mutes: Mapping[str, Muting]
) -> set[Key]:
    rows = [
        (*_OF_EVENT(event), mutes[event.customer_id](event.kind, event.occurred_us), body)
        for event, body in first.values()
    ]
    return set(insert_unique(connection, _EVENTS, _COLUMNS, _UNIQUE, rows))


def _results(
    connection: Connection,
    events: Sequence[EventRecord],
    bodies: Sequence[bytes],
    first: Mapping[Key, tuple[EventRecord, bytes]],
    inserted: set[Key],
) -> list[Appended]:
    results: list[Appended] = []
    for event, body in zip(events, bodies, strict=True):
        key = (event.customer_id, event.event_id)
        if key in inserted and first[key][0] is event:
            results.append(_ACCEPTED)
            continue
        stored = first[key][1] if key in inserted else _stored(connection, key)
        results.append(_DUPLICATE if stored == body else _CONFLICT)
    return results


def _stored(connection: Connection, key: Key) -> bytes:
    body: bytes = connection.execute(_BODY, {"customer": key[0], "event": key[1]}).scalar_one()
    return body


def _muting(connection: Connection, bank: Bank, customer_ids: Sequence[str]) -> dict[str, Muting]:
    answers = defaultdict(list)
    for customer_id, yes, at_us in connection.execute(_ANSWERS, {"ids": customer_ids}):
        answers[customer_id].append((PERSONALISATION, bool(yes), at_us))
    defaults = bank.regime.consent_defaults
    return {customer_id: Muting(answers[customer_id], defaults) for customer_id in customer_ids}


def _fold(connection: Connection, bank: Bank, category_of: Categories, fresh: Mapping[str, list[EventRecord]]) -> None:
    rows = stored_rows(connection, list(fresh))
    changed: list[dict[str, Any]] = []
    anew: list[str] = []
    for customer_id, unordered in fresh.items():
        events = sorted(unordered, key=lambda event: (event.occurred_us, event.event_id))
        row = rows.get(customer_id)
        profile = _profile(row, events)
        if row is None or profile is None:
            anew.append(customer_id)
            continue
        for event in events:
            profile.fold(happening(_told(event), category_of, bank.calendar))
        computed = (row["personal"], _gate(row["gate"], events), profile.encode())
        changed += changes(customer_id, row, computed)
    upsert(connection, _ROWS, changed)
    if anew:
        refresh(connection, bank, category_of, anew)


def _profile(row: Mapping[str, Any] | None, events: Sequence[EventRecord]) -> Profile | None:
    """The state that takes in the events one by one; None where it has to be folded from the first event on."""
    profile = None if row is None else kept_profile(row["state"])
    late = bool(events) and profile is not None and profile.precedes(events[0].occurred_us, events[0].event_id)
    return None if late else profile


def _gate(gate: bytes, events: Sequence[EventRecord]) -> bytes:
    dismissed = [(event.product_no, event.occurred_us) for event in events if event.kind == "dismiss"]
    told = [(product_no, at_us) for product_no, at_us in dismissed if product_no is not None]
    if not told:
        return gate
    part = read_gate(gate)
    return to_bytes(part.with_dismissals(newest_dismissals([*part.dismissals, *told])))


def _told(event: EventRecord) -> Told:
    return (
        event.occurred_us,
        event.event_id,
        event.kind,
        event.product_no,
        event.category_no,
        event.amount,
        event.session_id,
        event.channel,
        event.task_id,
        event.refers_to,
    )


def change_consent(connection: Connection, bank: Bank, category_of: Categories, change: ConsentChange) -> None:
    """Store an answer given elsewhere; of two of the same time the refusal holds."""
    same = (
        (_CONSENTS.c.customer_id == change.customer_id)
        & (_CONSENTS.c.scope == change.scope)
        & (_CONSENTS.c.changed_us == change.changed_us)
    )
    stands = connection.scalar(select(_CONSENTS.c.granted).where(same))
    if stands is None:
        row = {name: getattr(change, name) for name in ConsentChange.__slots__}
        connection.execute(insert(_CONSENTS).values(**row, recorded_us=bank.now_us()))
    elif stands and not change.granted:
        connection.execute(update(_CONSENTS).where(same).values(granted=False, text_version=change.text_version))
    refresh(connection, bank, category_of, [change.customer_id])


def answer_consent(connection: Connection, bank: Bank, category_of: Categories, change: ConsentChange) -> None:
    """Store what a customer says here and now, once more after every answer that is dated ahead."""
    same_scope = (_CONSENTS.c.customer_id == change.customer_id) & (_CONSENTS.c.scope == change.scope)
    later = same_scope & (_CONSENTS.c.changed_us > change.changed_us)
    ahead = set(connection.scalars(select(_CONSENTS.c.changed_us).where(later)))
    row = {name: getattr(change, name) for name in ConsentChange.__slots__} | {"recorded_us": bank.now_us()}
    upsert(connection, _CONSENTS, [{**row, "changed_us": at_us} for at_us in (change.changed_us, *_retorts(ahead))])
    refresh(connection, bank, category_of, [change.customer_id])


def _retorts(ahead: set[int]) -> list[int]:
    """When the customer's word is repeated: right after each answer dated ahead, over an earlier such repetition."""
    answers = [at_us for at_us in ahead if at_us - RETORT_US not in ahead]
    return [at_us + RETORT_US for at_us in sorted(answers)]
