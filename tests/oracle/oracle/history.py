"""What a customer did and holds, as of a day: purchases, spells, intent and flows of the domain model's §1."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tests.oracle.oracle.files import Bank, Customer, Row
from tests.oracle.oracle.spells import MOVES, Spell, move, settle, stated
from tests.oracle.oracle.tables import (
    CANCEL_DAYS,
    FLOW_WEEKS,
    FOLD_IN_WEIGHTS,
    INSURANCE_COOLING_OFF,
    INTENT_DAYS,
    INTENT_WEIGHTS,
    INVESTED_ZONES,
    KEPT_INTENT,
    KEPT_PRODUCT_EVENTS,
    KEPT_PURCHASES,
    MONEY,
    MUTED,
    PURCHASES,
    SEEN_DAYS,
    TASK_WEIGHT,
    day_of,
    week_of,
    zone_of,
)


@dataclass
class Purchase:
    """One purchase: its day and the weight of §3."""

    day: int
    weight: float


@dataclass
class History:
    """The past of one customer as of a day, by category."""

    today: int
    purchases: dict[str, list[Purchase]] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)  # purchases older than the kept ones
    first_day: dict[str, int] = field(default_factory=dict)
    spells: dict[str, list[Spell]] = field(default_factory=dict)
    intent: dict[str, list[Row]] = field(default_factory=dict)
    flows: list[tuple[str | None, bool, int, float]] = field(default_factory=list)  # class, own, weeks ago, amount
    product_events: list[Row] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)  # impressions of 14 days without a click
    last_act: int | None = None
    first_seen: int | None = None

    def balance(self, category: str) -> float | None:
        """The open spells' sum; None where something is open and nothing of it is known."""
        held = [spell.amount for spell in self.spells.get(category, []) if spell.ended is None]
        known = [amount for amount in held if amount is not None]
        return sum(known) if known or not held else None

    def held(self, category: str) -> bool:
        """Whether a spell is open."""
        return any(spell.ended is None for spell in self.spells.get(category, []))

    @property
    def held_products(self) -> set[str]:
        """Products with an open spell."""
        return {spell.product_id for spells in self.spells.values() for spell in spells if spell.ended is None}

    @property
    def assets(self) -> float:
        """AUM: the open spells of the invested zones, and what matures today: held no more, but money still here."""
        codes = [code for code in self.spells if zone_of(code) in INVESTED_ZONES]
        here = [
            spell for code in codes for spell in self.spells[code] if spell.ended is None or spell.falls_due(self.today)
        ]
        return math.fsum(spell.amount or 0.0 for spell in here)


def read_history(bank: Bank, customer: Customer, now_us: int) -> History:
    """The customer's past as of an instant, before any consent is asked."""
    history = History(day_of(now_us))
    category_of = bank.category_of
    events = [event for event in customer.events if day_of(event["occurred_at"]) <= history.today]
    _purchases(history, events, category_of)
    _spells(history, bank, customer, events)
    acts = [
        event
        for event in events
        if event["kind"] not in MUTED or customer.grants("personalisation", event["occurred_at"])
    ]
    _intent(history, acts, category_of)
    weighty = [event for event in acts if event["product_id"] is not None and event["kind"] in FOLD_IN_WEIGHTS]
    history.product_events = weighty[-KEPT_PRODUCT_EVENTS:]
    _impressions(history, acts)
    _flows(history, customer)
    days = [day_of(event["occurred_at"]) for event in acts]
    history.first_seen = min(days, default=None)
    history.last_act = max((day_of(e["occurred_at"]) for e in acts if e["kind"] not in MONEY), default=None)
    return history


def _purchases(history: History, events: list[Row], category_of: dict[str, str]) -> None:
    cancelled: dict[str, int] = {}
    for event in events:
        if event["kind"] == "cancel":
            day = day_of(event["occurred_at"])
            cancelled[event["refers_to"]] = min(day, cancelled.get(event["refers_to"], day))
    for event in events:
        if event["kind"] in PURCHASES:
            code, day = category_of[event["product_id"]], day_of(event["occurred_at"])
            grace = INSURANCE_COOLING_OFF if zone_of(code) == "insurance" else CANCEL_DAYS
            weight = 1.0 if event["task_id"] is None else TASK_WEIGHT
            if cancelled.get(event["event_id"], day + grace + 1) - day <= grace:
                weight = 0.0
            history.purchases.setdefault(code, []).append(Purchase(day, weight))
    for code, bought in history.purchases.items():
        history.first_day[code] = bought[0].day
        history.dropped[code] = max(0, len(bought) - KEPT_PURCHASES)
        del bought[: history.dropped[code]]


def _spells(history: History, bank: Bank, customer: Customer, events: list[Row]) -> None:
    for row in customer.holdings:
        history.spells.setdefault(bank.category_of[row["product_id"]], []).append(stated(row))
    since = bank.as_of_us if customer.holdings else -(2**62)
    bought = {event["event_id"]: event for event in events if event["kind"] in PURCHASES}
    for event in events:
        undone = bought.get(event["refers_to"]) if event["kind"] == "cancel" else event
        if event["occurred_at"] > since and undone is not None and event["kind"] in MOVES:
            product = bank.by_id[undone["product_id"]]
            move(history.spells.setdefault(product["category"], []), event, undone, product)
    for spells in history.spells.values():
        for spell in spells:
            settle(spell, history.today)


def _intent(history: History, acts: list[Row], category_of: dict[str, str]) -> None:
    entries: dict[tuple[str, str, int, str], int] = {}
    for event in acts:
        day, kind = day_of(event["occurred_at"]), event["kind"]
        code = event["category"] or category_of.get(event["product_id"])
        if kind in INTENT_WEIGHTS and code and history.today - day <= INTENT_DAYS:
            place = event["session_id"] or f"{event['channel']}@{day}"
            entries[code, place, day, kind] = entries.get((code, place, day, kind), 0) + 1
    newest = sorted(entries, key=lambda entry: entry[2])[-KEPT_INTENT:]
    for code, place, day, kind in newest:
        row = {"session": place, "age": history.today - day, "kind": kind}
        history.intent.setdefault(code, []).extend([row] * min(3, entries[code, place, day, kind]))


def _impressions(history: History, acts: list[Row]) -> None:
    """How often each product was seen in the last 14 days; products clicked in them are left out."""
    recent = [event for event in acts if 0 <= history.today - day_of(event["occurred_at"]) < SEEN_DAYS]
    clicked = {event["product_id"] for event in recent if event["kind"] == "click"}
    for event in recent:
        if event["kind"] == "impression" and event["product_id"] not in clicked:
            history.seen[event["product_id"]] = history.seen.get(event["product_id"], 0) + 1


def _flows(history: History, customer: Customer) -> None:
    for row in customer.cash_flows:
        day = day_of(row["occurred_at"])
        weeks = week_of(history.today) - week_of(day)
        if day <= history.today and weeks <= FLOW_WEEKS:
            history.flows.append((row["counterparty_class"], bool(row["own_name"]), weeks, row["amount"]))
