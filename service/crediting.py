"""Between stored events and the credits of purchases: one page of customers at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

import numpy as np
from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select

from recommender.attribution import EXPOSURES, NOTHING, TIERS, Moments, attribute
from recommender.profile.state import PURCHASE_KINDS
from recommender.training_data import Ints
from service.calendar import BankCalendar
from service.profiles import PERSONALISATION
from service.stores import tables
from service.stores._upsert import table, upsert
from shelf_rules.catalogue import Categories
from shelf_rules.regime import Regime

CANCEL_DAYS = 7  # a purchase taken back within so many days never was one (domain.md §3)

_EVENTS, _CONSENTS = table(tables.Events), table(tables.Consents)
_CREDITS, _MARKS = table(tables.Credits), table(tables.CreditMarks)
READ = sorted({"impression", "click", "cancel"} | PURCHASE_KINDS)
COLUMNS = (
    "customer_id",
    "event_id",
    "kind",
    "occurred_us",
    "product_no",
    "category_no",
    "tier",
    "slot",
    "decision_id",
    "amount",
    "task_id",
    "refers_to",
)
CUSTOMER, EVENT, KIND, AT, PRODUCT, CATEGORY, TIER, SLOT, DECISION, AMOUNT, TASK, REFERS = range(len(COLUMNS))
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF = (
    select(*(_EVENTS.c[name] for name in COLUMNS))
    .where(_EVENTS.c.customer_id.in_(_IDS), _EVENTS.c.kind.in_(READ), _EVENTS.c.muted.is_(False))
    .order_by(_EVENTS.c.customer_id, _EVENTS.c.event_id)
)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """What the law and the taxonomy say of crediting, by category number: days, and competing family."""

    attribution: np.ndarray
    cancel: np.ndarray
    family: np.ndarray

    def digest(self) -> bytes:
        """Equal for equal rules."""
        return blake2b(b"".join(part.tobytes() for part in (self.attribution, self.cancel, self.family))).digest()


def windows_of(categories: Categories, regime: Regime) -> Windows:
    """The windows of a taxonomy; a zone outside the competing families competes with nobody else."""
    families = {name: number for number, name in enumerate(dict.fromkeys(regime.families.values()))}
    of_zone = [
        families.get(regime.families.get(zone, ""), len(families) + number)
        for number, zone in enumerate(categories.zones)
    ]
    return Windows(
        attribution=categories.attribution_days.astype(np.int64),
        cancel=cancel_days(categories, np.arange(len(categories))),
        family=np.array(of_zone, dtype=np.int64)[categories.zone],
    )


def cancel_days(categories: Categories, category: Ints) -> Ints:
    """Within how many days a purchase of each category (by number, -1 unknown) can be taken back as if it never was."""
    own = np.append(np.maximum(CANCEL_DAYS, categories.cooling_off), CANCEL_DAYS).astype(np.int64)
    return own[np.where((category >= 0) & (category < len(categories)), category, len(categories))]


def marks(connection: Connection, windows: Windows) -> dict[str, bytes]:
    """What the credits of every customer with events depend on: their events, their consent and the rules.

    Events are never changed, so their number stands for them; consents tell which of them may not be read.
    """
    counts = connection.execute(select(_EVENTS.c.customer_id, func.count()).group_by(_EVENTS.c.customer_id))
    statement = select(_CONSENTS.c.customer_id, _CONSENTS.c.changed_us, _CONSENTS.c.granted)
    answers: dict[str, list[tuple[int, bool]]] = {}
    for customer_id, changed_us, granted in connection.execute(statement.where(_CONSENTS.c.scope == PERSONALISATION)):
        answers.setdefault(customer_id, []).append((changed_us, bool(granted)))
    rules = windows.digest()
    return {
        customer_id: blake2b(f"{count}:{sorted(answers.get(customer_id, ()))}".encode() + rules, digest_size=8).digest()
        for customer_id, count in counts
    }


def stored_marks(connection: Connection) -> dict[str, bytes]:
    """The marks of the credits that are stored."""
    return {row.customer_id: row.mark for row in connection.execute(select(_MARKS))}


def read_page(connection: Connection, customer_ids: Sequence[str]) -> list[Row]:
    """The events of some customers that crediting reads, those that consent closes left out."""
    return [tuple(row) for row in cast("Iterable[Row]", connection.execute(_OF, {"ids": customer_ids}).cursor)]


def store_page(connection: Connection, marked: Mapping[str, bytes], credited: Sequence[Mapping[str, Any]]) -> None:
    """Replace the credits of some customers, with their marks."""
    connection.execute(delete(_CREDITS).where(_CREDITS.c.customer_id.in_(_IDS)), {"ids": list(marked)})
    if credited:
        connection.execute(insert(_CREDITS), credited)
    upsert(connection, _MARKS, [{"customer_id": key, "mark": mark} for key, mark in marked.items()])


def credits_of(
    rows: Sequence[Row], category_of: Mapping[int, int], calendar: BankCalendar, windows: Windows
) -> list[dict[str, Any]]:
    """The credits of all purchases among the events of whole customers; a purchase of no category has none."""
    known = range(len(windows.family))  # a newer category waits for the next run, which has its windows
    rows = [row for row in rows if row[KIND] == "cancel" or _category(row, category_of) in known]
    bought = [row for row in rows if row[KIND] in PURCHASE_KINDS]
    clicked = [row for row in rows if row[KIND] == "click"]
    shown = [row for row in rows if row[KIND] == "impression"]
    number: dict[str, int] = {}
    of, clicks, cards = (_moments(part, category_of, calendar, number) for part in (bought, clicked, shown))
    credit = attribute(of, clicks, cards, window=windows.attribution, family=windows.family)
    cancelled = _cancels(rows)
    credited = []
    for place, row in enumerate(bought):
        undone_us = cancelled.get((row[CUSTOMER], row[EVENT]))
        if undone_us is not None and calendar.day(undone_us) - of.day[place] > windows.cancel[of.category[place]]:
            undone_us = None  # too late to have never been
        click, card = int(credit.click[place]), int(credit.shown[place])
        touches = (clicked[click] if click >= 0 else None, shown[card] if card >= 0 else None)
        facts = (int(of.category[place]), undone_us, EXPOSURES[credit.exposure[place]], bool(credit.same[place]))
        credited.append(_row(row, facts, touches))
    return credited


def _category(row: Row, category_of: Mapping[int, int]) -> int:
    if row[CATEGORY] is not None:
        return int(row[CATEGORY])
    return NOTHING if row[PRODUCT] is None else category_of[row[PRODUCT]]


def _moments(
    rows: Sequence[Row], category_of: Mapping[int, int], calendar: BankCalendar, number: dict[str, int]
) -> Moments:
    at = np.array([row[AT] for row in rows], dtype=np.int64)
    tiers = {name: place for place, name in enumerate(TIERS)}
    return Moments(
        customer=np.array([number.setdefault(row[CUSTOMER], len(number)) for row in rows], dtype=np.int64),
        category=np.array([_category(row, category_of) for row in rows], dtype=np.int64),
        product=np.array([NOTHING if row[PRODUCT] is None else row[PRODUCT] for row in rows], dtype=np.int64),
        at=at,
        day=calendar.days(at),
        rank=np.arange(len(rows)),  # rows are ordered by event id
        tier=np.array([tiers.get(row[TIER], NOTHING) for row in rows], dtype=np.int64),
    )


def _cancels(rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """When each purchase was first cancelled, by (customer, event)."""
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        if row[KIND] == "cancel" and row[REFERS] is not None:
            key = (row[CUSTOMER], row[REFERS])
            found[key] = min(row[AT], found.get(key, row[AT]))
    return found


def _row(row: Row, facts: tuple[int, int | None, str, bool], touches: tuple[Row | None, Row | None]) -> dict[str, Any]:
    category_no, undone_us, exposure, same = facts
    click, card = touches
    return {
        "customer_id": row[CUSTOMER],
        "event_id": row[EVENT],
        "kind": row[KIND],
        "occurred_us": row[AT],
        "category_no": category_no,
        "product_no": row[PRODUCT],
        "amount": row[AMOUNT],
        "task": row[TASK] is not None,
        "cancelled_us": undone_us,
        "exposure": exposure,
        "shown_id": card[DECISION] if card else None,
        "shown_slot": card[SLOT] if card else None,
        "click_id": click[EVENT] if click else None,
        "clicked_us": click[AT] if click else None,
        "decision_id": click[DECISION] if click else None,
        "tier": click[TIER] if click else None,
        "slot": click[SLOT] if click else None,
        "same_product": same if click else None,
    }
