"""Reads out of the store what tags are measured on, as of an instant, for the customers whose consents open it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import orjson
from sqlalchemy import Connection, select

from recommender.occasions import Occasions
from recommender.profile.state import KIND
from recommender.tag_quality.evidence import NEVER, Evidence, Held, Purchased
from recommender.tag_quality.exit_days import ANY_DAY, NEVER_FREE, TERM, WINDOWS, Exits, Holding, exit_days
from recommender.tag_quality.net_new_money import Movements, net_new_money
from recommender.training_data import Bools, Events, Floats, Ints
from service.calendar import DAY_US
from service.clock import to_us
from service.crediting import windows_of
from service.progress import Progress
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table
from service.tag_customers import TagCustomers, closed_days
from service.tag_looks import tag_looks
from service.world import World

YEAR_DAYS = 365
TASK_WEIGHT = 0.3
EVERYTHING = 2**62  # minor units: a renewal of unknown amount is one of all that had come free
HEAVIEST = 20.0  # of an explored card's purchase: 1/propensity is cut there
SOURCES = ("organic", "holdout", "ipw", "exposed")
"""Which purchases count; `exposed`, what personal cards were shown before, proves nothing and is for comparison."""
EVIDENCE = f"a list out of {', '.join(SOURCES[:-1])}; with --dry-run also {SOURCES[-1]}"
"""What an option says of them."""
DEFAULT_SOURCES = frozenset({"organic", "holdout"})

_CREDITS, _EVENTS = table(tables.Credits), table(tables.Events)
_DECISIONS, _PRODUCTS, _TAGS = table(tables.Decisions), table(tables.Products), table(tables.Tags)
_HOW = {"any_day": ANY_DAY, "windows": WINDOWS, "maturity": TERM, "renewal": TERM, "never": NEVER_FREE}
_PAGE = 500


def tag_evidence(
    runtime: Runtime, at_us: int, progress: Progress, sources: frozenset[str] = DEFAULT_SOURCES
) -> tuple[Evidence, list[str]]:
    """The evidence as of an instant and the ids of its customers, read in one transaction."""
    world, today = runtime.worlds.last(), runtime.calendar.day(at_us)
    windows = windows_of(world.catalogue.categories, world.regime)
    with runtime.store.connect() as connection:
        customers = TagCustomers.read(connection, runtime, at_us, progress)
        bought = _Bought.read(connection, customers.ids, at_us, runtime)
        weight = bought.weights(sources, _propensities(connection, bought) if "ipw" in sources else {})
        moved = _money_out(connection, customers.ids, at_us, runtime)
        looks, cards = tag_looks(connection, customers, at_us, (runtime, windows.family), prompted="exposed" in sources)
        lapsed = _lapsed(connection, customers, world, at_us, runtime)
    progress("measure", 0, 1)
    holding = _holding(customers, world, today)
    return Evidence(
        as_of=today,
        stage=np.array(customers.stage, dtype=np.int64),
        claims=claims_of(world),
        polarity=world.tags.polarity,
        assigned=_assigned(customers, len(world.tags.codes)),
        family=windows.family,
        half_life=world.catalogue.categories.half_life,
        purchases=_merged(bought, weight),
        held=holding.held,
        free=exit_days(holding, _exits(world, runtime), today),
        money=_new_money(runtime, bought, moved, at_us, windows.family),
        external=np.array(customers.external),
        looks=looks,
        cards=cards,
        joined=np.array(customers.joined, dtype=np.int64),
        watched=np.array(customers.behaviour, dtype=np.bool_),
        deleted=np.array(customers.deleted, dtype=np.int64).reshape(-1, 2),
        lapsed=lapsed,
    ), customers.ids


def claims_of(world: World) -> Bools:
    """For which categories each tag claims a preference: its own, else those of its zone."""
    own, zone = world.tags.category, world.tags.zone
    numbers = np.arange(len(world.catalogue.categories))
    of_zone = (own[:, None] < 0) & (zone[:, None] >= 0) & (zone[:, None] == world.catalogue.categories.zone[None, :])
    return np.asarray((own[:, None] == numbers[None, :]) | of_zone)


class _Bought:
    """The credits of purchases as columns."""

    def __init__(self, rows: Sequence[tuple[Any, ...]], runtime: Runtime, at_us: int) -> None:
        columns = list(zip(*rows, strict=True)) or [()] * 10
        self.customer = np.array(columns[0], dtype=np.int64)
        self.at = np.array(columns[1], dtype=np.int64)
        self.day = runtime.calendar.days(self.at)
        self.category = np.array(columns[2], dtype=np.int64)
        self.amount = np.array([-1 if amount is None else amount for amount in columns[3]], dtype=np.int64)
        self.task = np.array(columns[4], dtype=np.bool_)
        self.kept = np.array([us is None or us > at_us for us in columns[5]], dtype=np.bool_)
        self.exposure = np.array(columns[6], dtype=np.str_)
        self.renewal = np.array(columns[7], dtype=np.str_) == "renewal"
        self.shown = list(zip(columns[8], columns[9], strict=True))

    @classmethod
    def read(cls, connection: Connection, ids: Sequence[str], at_us: int, runtime: Runtime) -> _Bought:
        place = {customer_id: number for number, customer_id in enumerate(ids)}
        names = "customer_id occurred_us category_no amount task cancelled_us exposure kind shown_id product_no"
        statement = select(*(_CREDITS.c[name] for name in names.split())).where(_CREDITS.c.occurred_us <= at_us)
        statement = statement.order_by(_CREDITS.c.customer_id, _CREDITS.c.occurred_us, _CREDITS.c.event_id)
        rows = cast("Any", connection.execute(statement).cursor)
        known = len(runtime.worlds.last().catalogue.categories)
        return cls([(place[row[0]], *row[1:]) for row in rows if row[0] in place and row[2] < known], runtime, at_us)

    def weights(self, sources: frozenset[str], propensities: Mapping[tuple[str, int], float]) -> Floats:
        """What each purchase counts for as evidence; 0 where it was cancelled or its source is not admitted."""
        weight = np.where(self.task, TASK_WEIGHT, 1.0)
        admitted = np.isin(self.exposure, sorted(sources))
        scale = np.where(admitted, 1.0, 0.0)
        for place in np.flatnonzero(~admitted).tolist() if propensities else ():
            chance = propensities.get(self.shown[place], 0.0)
            scale[place] = min(1.0 / chance, HEAVIEST) if chance > 0 else 0.0
        return np.where(self.kept, weight * scale, 0.0)


def _propensities(connection: Connection, bought: _Bought) -> dict[tuple[str, int], float]:
    """The chance of every explored card that a purchase followed, by decision and product number."""
    wanted = sorted({decision for decision, _ in bought.shown if decision is not None})
    numbers = {row.product_id: row.product_no for row in connection.execute(select(_PRODUCTS))}
    found: dict[tuple[str, int], float] = {}
    for start in range(0, len(wanted), _PAGE):
        statement = select(_DECISIONS.c.decision_id, _DECISIONS.c.document)
        page = statement.where(_DECISIONS.c.decision_id.in_(wanted[start : start + _PAGE]))
        for decision_id, document in connection.execute(page):
            for slot in orjson.loads(document)["outcome"]["slots"]:
                if slot["explored"] and slot["product_id"] in numbers:
                    found[decision_id, numbers[slot["product_id"]]] = float(slot["propensity"])
    return found


def _merged(bought: _Bought, weight: Floats) -> Purchased:
    """Occasions: purchases within three days are one, with the largest weight; those that weigh nothing are none."""
    count = len(bought.day)
    purchase = np.full(count, KIND["purchase"])
    events = Events(bought.customer, np.zeros(count, np.int64), bought.category, bought.day, purchase, bought.amount)
    first = Occasions.of(events)
    span = 2**22
    width = int(bought.customer.max()) + 1 if count else 1
    starts = (first.category * width + first.customer) * span + first.day
    keys = (bought.category * width + bought.customer) * span + bought.day
    heaviest = np.zeros(len(starts))
    np.maximum.at(heaviest, np.searchsorted(starts, keys, side="right") - 1, weight)
    kept = heaviest > 0
    return Purchased(first.customer[kept], first.category[kept], first.day[kept], heaviest[kept])


def _money_out(connection: Connection, ids: Sequence[str], at_us: int, runtime: Runtime) -> Movements:
    """Redemptions and maturities of the last year as far as their amounts are known; `day` holds microseconds."""
    place = {customer_id: number for number, customer_id in enumerate(ids)}
    category_of = runtime.worlds.last().numbers.category_of
    columns = (_EVENTS.c.customer_id, _EVENTS.c.product_no, _EVENTS.c.occurred_us, _EVENTS.c.amount)
    statement = select(*columns).where(
        _EVENTS.c.kind.in_(("redeem", "mature")),
        _EVENTS.c.occurred_us <= at_us,
        _EVENTS.c.occurred_us > at_us - (YEAR_DAYS + 1) * DAY_US,
        _EVENTS.c.amount.is_not(None),
        _EVENTS.c.product_no.is_not(None),
    )
    rows = [
        (place[row[0]], category_of[row[1]], row[2], -row[3])
        for row in cast("Any", connection.execute(statement.order_by(_EVENTS.c.event_id)).cursor)
        if row[0] in place and row[1] in category_of
    ]
    return Movements(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


def _new_money(runtime: Runtime, bought: _Bought, out: Movements, at_us: int, family: Ints) -> Movements:
    """What is left of the movements of the last 365 days without roll-overs."""
    into = bought.kept & (bought.renewal | (bought.amount > 0))
    worth = np.where(bought.renewal & (bought.amount < 0), EVERYTHING, bought.amount)
    columns = (bought.customer[into], bought.category[into], bought.at[into], worth[into], bought.renewal[into])
    gone = (out.customer, out.category, out.day, out.amount, np.zeros(len(out.day), np.bool_))
    customer, category, at, amount, renewal = (np.concatenate(pair) for pair in zip(columns, gone, strict=True))
    day = runtime.calendar.days(at)
    # Of the same moment money leaves before it enters, and a maturity may be booked after its renewal.
    order = np.lexsort((amount, at + np.where(renewal, DAY_US, 0), customer))
    order = order[day[order] > runtime.calendar.day(at_us) - YEAR_DAYS]
    moved = Movements(customer[order], category[order], day[order], amount[order], renewal[order])
    return net_new_money(moved, family=family)


def _exits(world: World, runtime: Runtime) -> Exits:
    """How each product can be left: its own word, else that of its category."""
    usual = {row.code: row.exit for row in world.regime.categories}
    size = 1 + max((int(number) for number in world.catalogue.product_no), default=-1)
    how, least, term = (np.full(size, fill, dtype=np.int64) for fill in (ANY_DAY, 0, -1))
    windows: list[tuple[int, int, int]] = []
    for record in world.records.values():
        number = int(record["product_no"])
        how[number] = _HOW[record["exit"] or usual.get(record["category"], world.regime.outside.exit)]
        least[number] = record["min_hold_days"] or 0
        term[number] = -1 if record["term_days"] is None else record["term_days"]
        opened = orjson.loads(record["open_windows"] or "[]")
        windows += [(number, *_window(window, runtime)) for window in opened]
    window_of, opens, closes = np.array(sorted(windows), dtype=np.int64).reshape(-1, 3).T
    return Exits(how, least, term, window_of, opens, closes)


def _window(window: str, runtime: Runtime) -> tuple[int, int]:
    """First day of a window "from/until" and the day after its last."""
    opens, closes = (to_us(dt.datetime.fromisoformat(text)) for text in window.split("/"))
    return runtime.calendar.day(opens), runtime.calendar.day(closes - 1) + 1


def _holding(customers: TagCustomers, world: World, today: int) -> Holding:
    owner, spells = customers.all_spells()
    known = spells["category"] < len(world.catalogue.categories)
    owner, spells = owner[known], spells[known]
    ended, anchor = closed_days(spells, world, today)
    held = Held(owner, spells["category"].astype(np.int64), spells["opened"].astype(np.int64), ended)
    return Holding(held, spells["product"].astype(np.int64), anchor)


def _lapsed(connection: Connection, customers: TagCustomers, world: World, at_us: int, runtime: Runtime) -> Ints:
    """Assignments of inferred tags that the service itself had taken back by then, of whom they may be read."""
    place, needs = {customer_id: number for number, customer_id in enumerate(customers.ids)}, dict(world.tags.needs)
    statement = select(_TAGS.c.customer_id, _TAGS.c.tag_no, _TAGS.c.assigned_us).where(
        _TAGS.c.tag_no.in_(world.tags.inferred),
        _TAGS.c.removed_by == "service",
        _TAGS.c.removed_us <= at_us,
    )
    rows = [
        (place[who], tag, us)
        for who, tag, us in connection.execute(statement)
        if who in place and needs[tag] <= customers.scopes[place[who]]
    ]
    found = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
    found[:, 2] = runtime.calendar.days(found[:, 2])
    return found


def _assigned(customers: TagCustomers, tags: int) -> Ints:
    owner, records = customers.all_tags()
    known = records["tag"] < tags
    assigned = np.full((len(customers.ids), tags), NEVER, dtype=np.int32)
    assigned[owner[known], records["tag"][known]] = records["assigned"][known]
    return assigned
