"""Takes in events and consent answers: idempotent, and with the rows they change in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, String, column, insert, select, update, values

from recommender.profile.fold import Profile, StateError
from service.profiles import (
    PERSONALISATION,
    Muting,
    Told,
    happening,
    newest_dismissals,
    read_gate,
    to_bytes,
)
from service.stores import tables
from service.stores._bank import Bank
from service.stores._rows import Categories, changes, refresh, stored_rows
from service.stores._upsert import table, upsert
from service.stores.protocols import Appended, ConsentChange, EventRecord

_EVENTS, _CONSENTS, _ROWS = table(tables.Events), table(tables.Consents), table(tables.CustomerRows)
_ACCEPTED, _DUPLICATE, _CONFLICT = Appended("accepted"), Appended("duplicate"), Appended("conflict")
_COLUMNS = tuple(column.name for column in _EVENTS.c if column.name not in {"seq", "muted", "body_sha256"})

Stored = dict[tuple[str, str], bytes]


def append(
    connection: Connection, bank: Bank, category_of: Categories, events: Sequence[EventRecord]
) -> list[Appended]:
    """Store the events that are new and fold them; an event id that is there with another body is a conflict."""
    stored = _stored(connection, events)
    results: list[Appended] = []
    fresh: dict[str, list[EventRecord]] = defaultdict(list)
    rows: list[dict[str, Any]] = []
    for event in events:
        key, body = (event.customer_id, event.event_id), sha256(event.body).digest()
        if key in stored:
            results.append(_DUPLICATE if stored[key] == body else _CONFLICT)
            continue
        stored[key] = body
        results.append(_ACCEPTED)
        fresh[event.customer_id].append(event)
        rows.append({"body_sha256": body} | {name: getattr(event, name) for name in _COLUMNS})
    if rows:
        mutes = _muting(connection, bank, list(fresh))
        for row in rows:
            row["muted"] = mutes[row["customer_id"]](row["kind"], row["occurred_us"])
        connection.execute(insert(_EVENTS), rows)
        _fold(connection, bank, category_of, _unmuted(fresh, mutes))
    return results


def _stored(connection: Connection, events: Sequence[EventRecord]) -> Stored:
    keys = sorted({(event.customer_id, event.event_id) for event in events})
    # A join, because SQLite scans the table for a row value IN (VALUES …).
    asked = values(column("customer", String), column("event", String), name="asked").data(keys).cte("asked")
    same = (_EVENTS.c.customer_id == asked.c.customer) & (_EVENTS.c.event_id == asked.c.event)
    found = connection.execute(select(asked.c.customer, asked.c.event, _EVENTS.c.body_sha256).join(_EVENTS, same))
    return {(customer_id, event_id): body for customer_id, event_id, body in found}


def _muting(connection: Connection, bank: Bank, customer_ids: Sequence[str]) -> dict[str, Muting]:
    answers = defaultdict(list)
    statement = select(_CONSENTS.c.customer_id, _CONSENTS.c.granted, _CONSENTS.c.changed_us)
    of_these = _CONSENTS.c.customer_id.in_(customer_ids)
    for customer_id, yes, at_us in connection.execute(statement.where(of_these, _CONSENTS.c.scope == PERSONALISATION)):
        answers[customer_id].append((PERSONALISATION, bool(yes), at_us))
    defaults = bank.regime.consent_defaults
    return {customer_id: Muting(answers[customer_id], defaults) for customer_id in customer_ids}


def _unmuted(fresh: Mapping[str, list[EventRecord]], mutes: Mapping[str, Muting]) -> dict[str, list[EventRecord]]:
    return {
        customer_id: sorted(
            (event for event in events if not mutes[customer_id](event.kind, event.occurred_us)),
            key=lambda event: (event.occurred_us, event.event_id),
        )
        for customer_id, events in fresh.items()
    }


def _fold(connection: Connection, bank: Bank, category_of: Categories, fresh: Mapping[str, list[EventRecord]]) -> None:
    rows = stored_rows(connection, list(fresh))
    changed: list[dict[str, Any]] = []
    anew: list[str] = []
    for customer_id, events in fresh.items():
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
    if row is None or row["state"] is None:
        return None
    try:
        profile = Profile.decode(row["state"])
    except StateError:
        return None
    late = bool(events) and profile.precedes(events[0].occurred_us, events[0].event_id)
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
    """Store an answer; of two of the same time the refusal holds."""
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
