"""Reads the bank's history out of the store as the flat columns that training takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, or_, select

from recommender.profile.parts import read_parts
from recommender.profile.state import KIND
from recommender.states import LOOKS
from recommender.training_data import Bools, Events, Spells, Tags, TrainingData
from service.crediting import cancel_days
from service.priors import SUBSTITUTION
from service.profiles import granted_scopes, read_gate
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table
from service.tag_history import tag_history
from service.tags import tag_meanings
from service.world import World

_EVENTS = table(tables.Events)
_CUSTOMERS = table(tables.Customers)
_PRODUCTS = table(tables.Products)
_ROWS = table(tables.CustomerRows)
_TAGS = table(tables.Tags)
_PAGE = 20_000
_NEVER = 2**40  # a day later than any


def training_data(runtime: Runtime, as_of_day: int) -> TrainingData:
    """The bank's history as flat columns, read in one transaction, as far as the customers let it be read now.

    A customer without consent `holdings` is left out whole: without the purchases nothing is known of what came after.
    Without `behaviour` looks and clicks are left out, without `tags` or `personalisation` the tags.
    """
    world = runtime.worlds.last()
    with runtime.store.connect() as connection:
        index, opened = _customers(connection, world, runtime.clock.now_us())
        events = _events(connection, index, runtime, as_of_day)
        spells = _spells(connection, index, as_of_day)
        tags = _tags(connection, index, runtime, as_of_day)
        quality = tag_history(connection, world, runtime.calendar, as_of_day)
        profile = _profiles(connection, index, runtime)
    catalogue = world.catalogue
    looks = _shut(opened, frozenset({"behaviour"}))[events.customer] & np.isin(events.kind, LOOKS)
    events = events.where(~looks)
    shut = _shut(opened, frozenset({"tags", "personalisation"}))[tags.customer]
    for scopes in {scopes for _, scopes in world.tags.needs}:
        numbers = [number for number, needed in world.tags.needs if needed == scopes]
        shut |= np.isin(tags.tag, numbers) & _shut(opened, scopes)[tags.customer]
    return TrainingData(
        tags=tags.where(~shut),
        tag_quality=quality,
        tag_meanings=tag_meanings(world.tags, catalogue.categories),
        as_of=as_of_day,
        categories=len(catalogue.categories),
        events=events,
        from_day=int(events.day.min()) if len(events.day) else as_of_day,
        substitution=substitution_prior(catalogue.categories.number),
        spells=spells,
        **profile,
    )


def customers_of(runtime: Runtime) -> dict[str, int]:
    """The customers of `training_data` by id, each with the number it has there."""
    with runtime.store.connect() as connection:
        return _customers(connection, runtime.worlds.last(), runtime.clock.now_us())[0]


def substitution_prior(number: Mapping[str, int]) -> np.ndarray:
    """S of domain model §14 as a matrix over category numbers."""
    prior = np.zeros((len(number), len(number)))
    for source, targets in SUBSTITUTION.items():
        for target, share in targets.items():
            if source in number and target in number:
                prior[number[source], number[target]] = share
    return prior


def _customers(connection: Connection, world: World, now_us: int) -> tuple[dict[str, int], list[frozenset[str]]]:
    """The customers whose purchases may be learnt from, numbered by id, and by number what each consents to."""
    index: dict[str, int] = {}
    opened: list[frozenset[str]] = []
    rows = connection.execute(select(_ROWS.c.customer_id, _ROWS.c.gate).order_by(_ROWS.c.customer_id))
    for customer_id, gate in rows:
        scopes = granted_scopes(read_gate(gate), now_us, world.regime)
        if "holdings" in scopes:
            index[customer_id] = len(index)
            opened.append(scopes)
    return index, opened


def _shut(opened: Sequence[frozenset[str]], needed: frozenset[str]) -> Bools:
    """Who, by number, has not consented to all of these scopes."""
    return np.array([not needed <= scopes for scopes in opened], dtype=np.bool_)


def _tags(connection: Connection, index: Mapping[str, int], runtime: Runtime, as_of_day: int) -> Tags:
    """Assignments up to the day; one in quarantine, or that its customer has deleted, is left out for all of time."""
    columns = _TAGS.c
    statement = select(
        columns.customer_id, columns.tag_no, columns.assigned_us, columns.removed_us, columns.affinity
    ).where(or_(columns.removed_by.is_(None), columns.removed_by != "customer"), columns.quarantined.is_(None))
    rows = [row for row in connection.execute(statement) if row.customer_id in index]
    if not rows:
        return Tags()
    assigned = runtime.calendar.days(np.array([row.assigned_us for row in rows]))
    gone = np.array([row.removed_us is not None for row in rows])
    removed = runtime.calendar.days(np.array([row.removed_us or 0 for row in rows]))
    found = Tags(
        np.array([index[row.customer_id] for row in rows]),
        np.array([row.tag_no for row in rows]),
        assigned,
        np.where(gone & (removed <= as_of_day), removed, -1),
        np.array([np.nan if row.affinity is None else row.affinity for row in rows]),
    )
    return found.where(assigned <= as_of_day)


def _events(connection: Connection, index: Mapping[str, int], runtime: Runtime, as_of_day: int) -> Events:
    columns = _EVENTS.c
    statement = (
        select(
            columns.customer_id,
            columns.product_no,
            columns.category_no,
            columns.occurred_us,
            columns.kind,
            columns.amount,
            columns.event_id,
            columns.refers_to,
        )
        .where(columns.muted.is_(False))
        .order_by(columns.customer_id, columns.event_id)
    )
    parts: list[tuple[np.ndarray, ...]] = []
    cancels: list[tuple[int, str, int]] = []
    ids: list[tuple[int, str]] = []
    for page in connection.execution_options(yield_per=_PAGE).execute(statement).partitions(_PAGE):
        kinds = np.array([KIND[row.kind] for row in page])
        customers = np.array([index.get(row.customer_id, -1) for row in page])
        parts.append(
            (
                customers,
                np.array([-1 if row.product_no is None else row.product_no for row in page]),
                np.array([-1 if row.category_no is None else row.category_no for row in page]),
                np.array([row.occurred_us for row in page]),
                kinds,
                np.array([-1 if row.amount is None else row.amount for row in page]),
            )
        )
        cancels.extend(
            (index.get(row.customer_id, -1), row.refers_to, row.occurred_us) for row in page if row.kind == "cancel"
        )
        ids.extend((index.get(row.customer_id, -1), row.event_id) for row in page)
    if not parts:
        return Events()
    customer, product, category, occurred, kind, amount = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    category = np.where(product >= 0, _categories(connection)[product], category)
    day = runtime.calendar.days(occurred)
    grace = cancel_days(runtime.worlds.last().catalogue.categories, category)
    undone = _undone(ids, cancels, runtime)
    never = (undone <= as_of_day) & (undone - day <= grace)
    known = Events(customer, product, category, day, kind, amount)
    return known.where((customer >= 0) & (day <= as_of_day) & ~never)


def _undone(ids: list[tuple[int, str]], cancels: list[tuple[int, str, int]], runtime: Runtime) -> np.ndarray:
    """The day on which each event was first cancelled, a far one where it never was."""
    first: dict[tuple[int, str], int] = {}
    for customer, event_id, at_us in cancels:
        first[customer, event_id] = min(at_us, first.get((customer, event_id), at_us))
    found = np.full(len(ids), _NEVER)
    places = [place for place, key in enumerate(ids) if key in first]
    found[places] = runtime.calendar.days(np.array([first[ids[place]] for place in places], dtype=np.int64))
    return found


def _categories(connection: Connection) -> np.ndarray:
    """The category of every product number: an event with a product is stored without one of its own."""
    rows = connection.execute(select(_PRODUCTS.c.product_no, _PRODUCTS.c.category_no)).all()
    found = np.full(1 + max((row.product_no for row in rows), default=0), -1)
    found[[row.product_no for row in rows]] = [row.category_no for row in rows]
    return found


def _spells(connection: Connection, index: Mapping[str, int], as_of_day: int) -> Spells:
    statement = select(_ROWS.c.customer_id, _ROWS.c.state).order_by(_ROWS.c.customer_id)
    owners, records = [], []
    for customer_id, state in connection.execution_options(yield_per=_PAGE).execute(statement):
        if state is not None and customer_id in index:
            spells = read_parts(state).spells
            owners.append(np.full(len(spells), index[customer_id]))
            records.append(spells)
    if not records:
        return Spells()
    customer, spell = np.concatenate(owners), np.concatenate(records)
    seen = spell["opened"] <= as_of_day
    customer, spell = customer[seen], spell[seen]
    closed = np.where(spell["closed"] > as_of_day, -1, spell["closed"])
    return Spells(
        customer=customer,
        product=spell["product"],
        category=spell["category"],
        opened=spell["opened"],
        closed=closed,
        matures=spell["matures"],
        amount=spell["amount"],
    )


def _profiles(connection: Connection, index: Mapping[str, int], runtime: Runtime) -> dict[str, Any]:
    birth_year, goal, joined = (np.full(len(index), -1, dtype=np.int64) for _ in range(3))
    rows = connection.execute(
        select(
            _CUSTOMERS.c.customer_id, _CUSTOMERS.c.birth_year, _CUSTOMERS.c.goal_purpose, _CUSTOMERS.c.joined_us
        ).order_by(_CUSTOMERS.c.customer_id)
    ).all()
    goals = tuple(sorted({row.goal_purpose for row in rows if row.goal_purpose is not None}))
    number = {name: position for position, name in enumerate(goals)}
    for row in rows:
        position = index.get(row.customer_id)
        if position is not None:
            birth_year[position] = -1 if row.birth_year is None else row.birth_year
            goal[position] = number.get(row.goal_purpose, -1)
            joined[position] = -1 if row.joined_us is None else runtime.calendar.day(row.joined_us)
    return {"birth_year": birth_year, "goal": goal, "joined_day": joined, "goals": goals}
