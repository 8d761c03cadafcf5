"""Small made-up histories for the reports: what a bank's tables would hold of a few customers, in plain rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import orjson
from sqlalchemy import delete

from service.bootstrap import runtime_of
from service.calendar import DAY_US
from service.jobs.attribute import attribute
from service.policies.life import PolicyLife
from service.profiles import DerivedPart
from service.rules import policy_record
from service.runtime import Runtime
from service.settings import load_settings
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import ConsentChange, CustomerRow, DecisionRecord, EventRecord

NOW = "2026-11-01T04:00:00+00:00"
CATEGORIES = ("cash.mmf", "cash.wealth", "deposit.term", "fund.bond")
PRODUCTS = [{"product_id": f"p{at}", "category": CATEGORIES[at % 4], "status": "on_shelf"} for at in range(7)]
TIERS = ("fixed", "migratable", "transferable", "public")
STAGES = ("acquisition", "cultivation", "value")
SEGMENTS = ("wealthy", "saving")
PINS = {
    ("reported@1", "front"): ("p0", "transferable"),
    ("reported@2", "front"): ("p1", "public"),
    ("reported@2", "calm"): ("p2", "fixed"),
}
"""What a rule pins, by the label of the policy; other rules pin nothing."""
RULES = ("front", "calm", "less", "idle")
POLICIES = ("reported@1", "reported@2")
FILLED = (
    tables.Events,
    tables.Decisions,
    tables.RowVersions,
    tables.Credits,
    tables.CreditMarks,
    tables.Consents,
    tables.CustomerRows,
    tables.Customers,
)

Row = dict[str, Any]


@dataclass(slots=True)
class History:
    """Events, shelves, joining days and refusals as rows of plain values; `today` is the day of the clock."""

    today: int
    events: list[Row] = field(default_factory=list)
    shelves: list[Row] = field(default_factory=list)
    joined: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)  # since when personalisation is off, microseconds
    customers: list[str] = field(default_factory=list)


@contextmanager
def small_bank(folder: Path, **overrides: str) -> Iterator[Runtime]:
    """A runtime over a bank with seven products and nobody in it."""
    settings = load_settings({}, {"data_dir": str(folder), "now": NOW, "log_level": "error", **overrides})
    with runtime_of(settings) as runtime:
        runtime.store.put_products(PRODUCTS, runtime.clock.now_us())
        for label in POLICIES:
            name, version = label.split("@")
            record = policy_record(_policy(label), name, int(version))
            PolicyLife(runtime.store).enact("tests", record, runtime.clock.now_us())
        runtime.store.renew_catalogue(runtime.clock.now_us())
        runtime.worlds.follow(runtime.store.versions())
        yield runtime


def _policy(label: str) -> dict[str, Any]:
    """A policy that has the segments and the rules of the histories."""
    rules: list[dict[str, Any]] = []
    for number, rule in enumerate(RULES, start=3):
        then: dict[str, Any] = {"withhold": {"products": [f"p{number}"]}}
        if (label, rule) in PINS:
            product, tier = PINS[label, rule]
            then["pin"] = {"product": product, "tier": tier, "slot": 1}
        rules.append({"name": rule, "then": then})
    segments = [{"name": name, "when": {"held_zones": {"at_least": 1}}} for name in SEGMENTS]
    return {"segments": segments, "rules": rules}


def dice(seed: int) -> random.Random:
    """Chance that a test can repeat."""
    return random.Random(seed)  # noqa: S311 - no secret comes of it


def category_of(product_no: int) -> str:
    """The category of a product."""
    return CATEGORIES[product_no % 4]


def made(chance: random.Random, runtime: Runtime, customers: int) -> History:
    """A history in which everything happens that the reports count, also twice, late, and to nobody's use."""
    history = History(runtime.calendar.day(runtime.clock.now_us()))
    for number in range(customers):
        _live(chance, runtime, history, f"c{number:02}")
    return history


def _live(chance: random.Random, runtime: Runtime, history: History, who: str) -> None:
    history.customers.append(who)
    if chance.random() < 0.15:
        history.refused[who] = runtime.calendar.midnight_us(history.today - chance.randrange(120))
    if chance.random() < 0.6:
        history.joined[who] = history.today - chance.randrange(200)
    for _ in range(chance.randrange(6)):
        _shelf(chance, runtime, history, who)
    kinds = (
        "purchase",
        "top_up",
        "renewal",
        "redeem",
        "mature",
        "detail",
        "apply",
        "task_done",
        "task_accepted",
        "login",
    )
    bought = []
    for _ in range(chance.randrange(9)):
        kind, product = chance.choice(kinds), chance.randrange(len(PRODUCTS))
        amount = chance.choice((None, 1_00, 250_00, 999_99))
        invited = "c00" if kind == "login" and chance.random() < 0.5 else None
        row = _event(chance, runtime, history, who, kind=kind, product_no=product, amount=amount, invited_by=invited)
        bought += [row] if kind in ("purchase", "top_up", "renewal") else []
    for row in bought:
        if chance.random() < 0.3:
            days = chance.choice((0, 3, 7, 8, 40))
            later = min(row["occurred_us"] + days * DAY_US, runtime.clock.now_us())
            _event(chance, runtime, history, who, kind="cancel", refers_to=row["event_id"], occurred_us=later)


def _event(chance: random.Random, runtime: Runtime, history: History, who: str, **fields: Any) -> Row:
    now_us = runtime.clock.now_us() // 1_000_000 * 1_000_000
    row = {"occurred_us": now_us - chance.randrange(chance.choice((130, 300)) * 24) * 3_600_000_000} | fields
    arrived = min(row["occurred_us"] + chance.choice((0, 30, 900, 90_000)) * 1_000_000, now_us)
    row |= {"customer_id": who, "event_id": f"e{len(history.events):03}", "arrived_us": arrived}
    row["day"] = runtime.calendar.day(row["occurred_us"])
    history.events.append(row)
    return row


def _shelf(chance: random.Random, runtime: Runtime, history: History, who: str) -> None:
    now_us = runtime.clock.now_us() // 1_000_000 * 1_000_000
    at_us = now_us - chance.randrange(chance.choice((60, 220)) * 24) * 3_600_000_000 - len(history.shelves)
    mode = chance.choice(("personal", "personal", "personal", "nonpersonal", "holdout"))
    tiers = TIERS if mode == "personal" else TIERS[3:]
    cards = [
        {"tier": tier, "slot": slot, "product_no": chance.randrange(len(PRODUCTS)), "task": chance.random() < 0.3}
        for tier in tiers
        for slot in range(1, chance.randrange(4))
    ]
    shelf = {
        "decision_id": f"d{len(history.shelves):03}",
        "customer_id": who,
        "decided_us": at_us,
        "day": runtime.calendar.day(at_us),
        "mode": mode,
        "stage": chance.choice(STAGES) if mode == "personal" else None,
        "degraded": chance.random() < 0.1,
        "logged": chance.random() < 0.9,  # else the log has lost it
        "cards": cards,
        "tiers": {chance.choice(CATEGORIES): chance.choice(TIERS[:3]) for _ in range(3)}
        if mode == "personal"
        else None,
        "snapshot_day": runtime.calendar.day(at_us) - chance.randrange(4),
    }
    _govern(dice(chance.getrandbits(32)), shelf)
    history.shelves.append(shelf)
    for card in cards:
        about = {"decision_id": shelf["decision_id"], "product_no": card["product_no"]}
        about |= {name: card[name] for name in ("tier", "slot")}
        for kind in chance.choice(
            ((), ("impression",), ("impression", "impression", "click"), ("click",), ("click", "click"))
        ):
            later = min(at_us + chance.randrange(60) * 60_000_000, runtime.clock.now_us())
            _event(chance, runtime, history, who, kind=kind, occurred_us=later, **about)
            if kind == "click" and chance.random() < 0.5:
                _follow(chance, runtime, history, who, (later, card["product_no"]))


def _govern(chance: random.Random, shelf: Row) -> None:
    """The customer's segments, the rules that acted, what they withheld, and what one of them pinned."""
    shelf["segments"] = chance.sample(SEGMENTS, chance.randrange(3)) if chance.random() < 0.9 else None
    shelf["policy"] = chance.choice(POLICIES)
    shelf["rules"] = [rule for rule in RULES[:3] if chance.random() < 0.5]
    shelf["withheld_by"] = {"less": chance.randrange(4)} if "less" in shelf["rules"] else {}
    for rule in shelf["rules"]:
        product, tier = PINS.get((shelf["policy"], rule), ("", ""))
        own = [card for card in shelf["cards"] if card["tier"] == tier and not card.get("featured")]
        if own and chance.random() < 0.7:
            own[0] |= {"product_no": int(product[1:]), "featured": True}
    for card in shelf["cards"]:
        card.setdefault("featured", chance.random() < 0.1)  # raised by a rule


def _follow(chance: random.Random, runtime: Runtime, history: History, who: str, click: tuple[int, int]) -> None:
    at_us, product = click
    bought = at_us + chance.choice((0, 1, 5, 7, 8, 20, 31)) * DAY_US
    if bought <= runtime.clock.now_us():
        product = chance.choice((product, (product + 4) % len(PRODUCTS)))
        kind = chance.choice(("apply", "purchase"))
        _event(chance, runtime, history, who, kind=kind, product_no=product, amount=500_00, occurred_us=bought)


def store_it(chance: random.Random, runtime: Runtime, history: History) -> None:
    """Empty the bank and fill it: events in any order, some twice, credited in between and at the end."""
    _empty(runtime)
    for who in history.customers:
        runtime.store.change_consent(ConsentChange(who, "personalisation", True, 0))
        if who in history.refused:
            runtime.store.change_consent(ConsentChange(who, "personalisation", False, history.refused[who]))
    joined = [
        {"customer_id": who, "joined_us": runtime.calendar.midnight_us(day)} for who, day in history.joined.items()
    ]
    if joined:
        with runtime.store.begin() as connection:
            connection.execute(table(tables.Customers).insert(), joined)
    runtime.store.log([_decision(number, shelf) for number, shelf in enumerate(history.shelves) if shelf["logged"]])
    arriving = [record_of(row) for row in history.events]
    arriving += chance.sample(arriving, len(arriving) // 4)
    chance.shuffle(arriving)
    half = len(arriving) // 2
    for part in (arriving[:half], arriving[half:]):
        if part:
            runtime.store.append(part)
        attribute(runtime)


def _empty(runtime: Runtime) -> None:
    with runtime.store.begin() as connection:
        for model in FILLED:
            connection.execute(delete(table(model)))


def record_of(row: Row) -> EventRecord:
    """An event as the store takes it."""
    fields = {name: value for name, value in row.items() if name != "day"}
    return EventRecord(**fields, body=repr(sorted(fields.items(), key=str)).encode())


def _decision(number: int, shelf: Row) -> DecisionRecord:
    slots = [
        {
            "product_id": f"p{card['product_no']}",
            "tier": card["tier"],
            "slot": card["slot"],
            "task": {"task_id": "t"} if card["task"] else None,
            "reason": "featured" if card["featured"] else "popular",
        }
        for card in shelf["cards"]
    ]
    outcome = {name: shelf[name] for name in ("mode", "stage", "rules", "withheld_by")} | {"slots": slots}
    outcome |= {} if shelf["segments"] is None else {"segments": shelf["segments"]}
    versions = {"policy": shelf["policy"]}
    document = orjson.dumps(
        {"outcome": outcome, "versions": versions, "degraded": ["state"] if shelf["degraded"] else []}
    )
    derived = None
    if shelf["tiers"] is not None:
        told = tuple((_category_no(code), tier) for code, tier in shelf["tiers"].items())
        derived = msgspec.msgpack.encode(DerivedPart(day=shelf["snapshot_day"], tiers=told))
    row = CustomerRow(number, True, b"", b"", derived)
    return DecisionRecord(shelf["decision_id"], shelf["customer_id"], shelf["decided_us"], number, document, row)


_numbers: dict[str, int] = {}


def _category_no(code: str) -> int:
    return _numbers[code]


def learn_categories(codes: Sequence[str]) -> None:
    """The numbers of the categories in this bank."""
    _numbers.update({code: number for number, code in enumerate(codes)})
