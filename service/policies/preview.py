"""What a candidate policy would change: the shelves of some customers under it beside those in force."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, select

from service.as_of import rows_as_of
from service.pipeline.facts import BLOCK, Asked, Moment
from service.pipeline.gather import Gathered, decode, draw_seed, is_held_out
from service.pipeline.outcome import outcome
from service.policies.comparison import category_finder, compare
from service.policies.effects import Effects
from service.policies.preview_shelf import Compared, two_shelves
from service.policies.whom import Whom, candidates
from service.progress import Progress
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.facts import Facts, Query
from shelf_rules.policy_rules import ShelfRule, Then

SHELVES_MAX = 1_000
"""So many customers' shelves are told at the most."""
_MEANT = "where"
_Told = tuple[int, dict[str, Any]]
"""A customer's place among those asked for, and both shelves."""
_ROWS, _VERSIONS = table(tables.CustomerRows), table(tables.Versions)
_READ = select(
    _ROWS.c.customer_id, _ROWS.c.version, _ROWS.c.personal, _ROWS.c.gate, _ROWS.c.state, _ROWS.c.derived
).where(_ROWS.c.customer_id.in_(bindparam("ids", expanding=True)))
_SUSPENDED = select(_VERSIONS.c.suspended)


@dataclass(frozen=True, slots=True)
class PreviewAsked:
    """What a preview is asked for at `now_us`; as of a later time it shows the customers of now at that time."""

    whom: Whom
    query: Query
    now_us: int
    as_of_us: int | None = None
    shelves: int = SHELVES_MAX

    @property
    def at_us(self) -> int:
        """The instant at which every shelf is decided."""
        return self.now_us if self.as_of_us is None else self.as_of_us


@dataclass(slots=True)
class Preview:
    """What came out; `shelves` has those that change first, as many as were asked for, in the customers' order."""

    before: World
    after: World
    asked: PreviewAsked
    effects: Effects  # before → after, as customers would see it
    same_draw: Effects  # the same but for the draw of exploration: what the policy does
    looked_at: int = 0
    shelves: list[dict[str, Any]] = field(default_factory=list)
    took_s: float = 0.0


def preview(runtime: Runtime, worlds: tuple[World, World], asked: PreviewAsked, progress: Progress) -> Preview:
    """Decide for every customer under both worlds, in force and candidate, at one instant; nothing is written."""
    began_s = time.monotonic()
    world, category_of = worlds[0], category_finder(worlds[0].catalogue)
    made = Preview(*worlds, asked, Effects(category_of), Effects(category_of))
    changed: list[_Told] = []
    same: list[_Told] = []
    for place, one in enumerate(compared(runtime, made, progress)):
        before, after, drawn = (outcome(each, world.catalogue) for each in one[1:])
        difference = compare(before, after, category_of)
        by_policy = difference if one.same_draw is one.before else compare(drawn, after, category_of)
        made.effects.add(before, after, difference)
        made.same_draw.add(drawn, after, by_policy)
        kept = changed if difference.changed else same
        if len(kept) < asked.shelves:
            kept.append((place, two_shelves(one, difference, world, by_policy=by_policy.changed)))
    told = [*changed, *same][: asked.shelves]
    made.shelves = [shelf for _, shelf in sorted(told, key=lambda shelf: shelf[0])]
    made.took_s = time.monotonic() - began_s
    return made


def compared(runtime: Runtime, made: Preview, progress: Progress) -> Iterator[Compared]:
    """The decisions for the customers meant, taken in blocks as a request for many shelves takes them."""
    whom = made.asked.whom
    ids, found = candidates(runtime, whom, progress), 0
    for start in range(0, len(ids), BLOCK):
        read = _read(runtime, made, ids[start : start + BLOCK])
        made.looked_at += len(read)
        if whom.where is not None:
            read = _meant(runtime, made, read)[: whom.limit - found]
        if read:
            yield from _compared(runtime, made, read)
        found += len(read)
        progress("previewing", found, whom.limit)
        if found >= whom.limit:
            return


class _Row(NamedTuple):
    """A customer, what the store has of them, and what is suspended."""

    customer_id: str
    row: CustomerRow | None
    suspended: tuple[int, ...]


def _read(runtime: Runtime, made: Preview, customer_ids: Sequence[str]) -> list[_Row]:
    """The rows as shelves read them, profiles included; of an earlier time as far as the tables tell."""
    at_us = made.asked.at_us
    with runtime.store.connect() as connection:
        if at_us < made.asked.now_us:
            rows: dict[str, CustomerRow] = rows_as_of(connection, runtime, customer_ids, at_us)
            suspended = made.before.versions.suspended
        else:
            rows, suspended = _now(connection, customer_ids)
    return [_Row(each, rows.get(each), suspended) for each in customer_ids]


def _now(connection: Connection, customer_ids: Sequence[str]) -> tuple[dict[str, CustomerRow], tuple[int, ...]]:
    suspended = tuple(orjson.loads(connection.execute(_SUSPENDED).scalar_one()))
    found = connection.execute(_READ, {"ids": customer_ids})
    return {one.customer_id: CustomerRow(*one[1:]) for one in found}, suspended


def _compared(runtime: Runtime, made: Preview, read: Sequence[_Row]) -> Iterator[Compared]:
    before = _decided(runtime, made, made.before, read)
    after = _decided(runtime, made, made.after, read)
    for one, (was, old), (now, new) in zip(read, before, after, strict=True):
        drawn = old
        if was.mode == "personal" and was.seed != now.seed:
            drawn = _decide(dataclasses.replace(was, seed=now.seed), made.before)
        yield Compared(one.customer_id, old, new, drawn)


def _meant(runtime: Runtime, made: Preview, read: Sequence[_Row]) -> list[_Row]:
    """Those for whom the condition holds, asked as a rule of the candidate would ask."""
    whom, policy = made.asked.whom, made.after.policy
    assert whom.where is not None  # noqa: S101 - narrows the type
    asking = dataclasses.replace(policy, rules=(ShelfRule(_MEANT, Then(), whom.where),))
    world = dataclasses.replace(made.after, policy=asking)
    decided = _decided(runtime, made, world, read)
    return [one for one, (_, decision) in zip(read, decided, strict=True) if decision.rules]


def _decided(runtime: Runtime, made: Preview, world: World, read: Sequence[_Row]) -> list[tuple[Facts, Decision]]:
    """What a request at that instant would decide, and from which facts."""
    calendar, at_us = runtime.calendar, made.asked.at_us
    moment = Moment(at_us, calendar.day(at_us), calendar.year(at_us))
    gathered = [_gathered(runtime, made.asked.query, moment, world, one) for one in read]
    return [(facts, _decide(facts, world)) for _, facts in decode(runtime, gathered)]


def _gathered(runtime: Runtime, query: Query, moment: Moment, world: World, one: _Row) -> Gathered:
    held_out = is_held_out(runtime, world, one.customer_id)
    seed = draw_seed(runtime, world, one.customer_id, moment.today)
    row = one.row
    if row is not None and (held_out or not row.personal):
        row = row._replace(state=None, derived=None)
    return Gathered(Asked(one.customer_id, query, moment, seed, held_out, one.suspended), row, world)


def _decide(facts: Facts, world: World) -> Decision:
    return decide(facts, world.catalogue, world.policy, world.regime)
