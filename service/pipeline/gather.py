"""Reads the two facts a shelf needs: the customer's row with the current versions, and the world they name."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from service.pipeline.facts import Asked, Moment, build_all, build_facts
from service.runtime import Runtime
from service.store_calls import StoreSilent
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.facts import Facts, Query

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read, and what a decision asks beside it; `stale_s` is the age of a row that a copy stands for."""

    asked: Asked
    row: CustomerRow | None
    world: World
    stale_s: float = 0.0
    seen: Mapping[tuple[str, int], str] = field(default_factory=dict)  # (experiment, phase) -> the arm seen first


async def gather(runtime: Runtime, customer_id: str, query: Query, world: World | None = None) -> Gathered:
    """Read within the deadline; without an answer of the store the row is a copy, or the shelf a fallback.

    All that is decided comes from one world: the one in force when the row was read, or the one given.
    """
    who = _Who(customer_id, query)
    try:
        return await _read(runtime, who, world)
    except StoreSilent as error:  # counted where it was raised: an outage is no reason to fill the log
        log.debug("the customer's row was not read: %s", error)
    except Exception:
        log.exception("the customer's row cannot be read", extra={"customer": runtime.keyed.customer_ref(customer_id)})
    return _without_the_store(runtime, who, world or runtime.worlds.last())


async def _read(runtime: Runtime, who: _Who, world: World | None) -> Gathered:
    held_out = is_held_out(runtime, world or runtime.worlds.last(), who.customer_id)
    versions, row = await runtime.calls.read(who.customer_id, personal=not held_out)
    world = world or runtime.worlds.at(versions)
    asked = _asked(runtime, who, world, versions.suspended)
    if asked.held_out is not held_out:
        # Another policy came into force meanwhile, and where it holds the customer out no profile may have been read.
        versions, row = await runtime.calls.read(who.customer_id, personal=held_out)
        asked = dataclasses.replace(asked, suspended=versions.suspended)
    if row is not None and not asked.held_out and world.running.has_sticky:
        return Gathered(asked, row, world, seen=await _seen_first(runtime, who.customer_id))
    return Gathered(asked, row, world)


async def _seen_first(runtime: Runtime, customer_id: str) -> Mapping[tuple[str, int], str]:
    """The arms seen first, by experiment and phase; a store that does not answer makes nobody wait for them."""
    with suppress(StoreSilent):
        return await runtime.calls.ask(lambda: runtime.store.first_arms(customer_id))
    return {}


def gather_now(runtime: Runtime, customer_id: str, query: Query) -> Gathered:
    """As `gather`, for a command: it waits for the store as long as it takes, and raises what the store raises."""
    who, world = _Who(customer_id, query), runtime.worlds.at(runtime.store.versions())
    versions, row = runtime.store.read(customer_id, personal=not is_held_out(runtime, world, customer_id))
    seen = runtime.store.first_arms(customer_id) if world.running.has_sticky else {}
    return Gathered(_asked(runtime, who, world, versions.suspended), row, world, seen=seen)


class _Who(NamedTuple):
    customer_id: str
    query: Query


def _without_the_store(runtime: Runtime, who: _Who, world: World) -> Gathered:
    """A row read a short while ago judged by the time of now, else nobody's shelf; what was suspended stays so."""
    suspended = tuple(sorted(runtime.calls.suspended.union(world.versions.suspended)))
    asked = _asked(runtime, who, world, suspended)
    copy = runtime.calls.rows.copy(who.customer_id, personal=not asked.held_out)
    asked = dataclasses.replace(asked, fallback=copy is None, degraded=("state",))
    if copy is None:
        return Gathered(asked, None, world, runtime.last_good.stale_s())
    return Gathered(asked, copy.row, world, copy.age_s)


def _asked(runtime: Runtime, who: _Who, world: World, suspended: tuple[int, ...]) -> Asked:
    now_us = runtime.clock.now_us()
    moment = Moment(now_us, runtime.calendar.day(now_us), runtime.calendar.year(now_us))
    return Asked(
        customer_id=who.customer_id,
        query=who.query,
        moment=moment,
        seed=draw_seed(runtime, world, who.customer_id, moment.today),
        held_out=is_held_out(runtime, world, who.customer_id),
        suspended=suspended,
    )


def decode(runtime: Runtime, gathered: Sequence[Gathered]) -> list[tuple[Gathered, Facts]]:
    """The facts in some rows, up to `BLOCK`; one that is no row of this schema makes that shelf a fallback too."""
    world, today = gathered[0].world, gathered[0].asked.moment.today
    if all(one.world is world and one.asked.moment.today == today for one in gathered):
        with suppress(Exception):  # whose row it is comes out below
            facts = build_all([(one.asked, one.row) for one in gathered], world)
            return list(zip(gathered, facts, strict=True))
    return [_decode_alone(runtime, one) for one in gathered]


def _decode_alone(runtime: Runtime, gathered: Gathered) -> tuple[Gathered, Facts]:
    try:
        return gathered, build_facts(gathered.asked, gathered.row, gathered.world)
    except Exception:
        customer = runtime.keyed.customer_ref(gathered.asked.customer_id)
        log.exception("the customer's row cannot be decoded", extra={"customer": customer})
    asked = dataclasses.replace(gathered.asked, fallback=True, degraded=("state",))
    fallen = Gathered(asked, None, gathered.world)
    return fallen, build_facts(asked, None, gathered.world)


def is_held_out(runtime: Runtime, world: World, customer_id: str) -> bool:
    """Whether the customer belongs to the global hold-out: a salted hash of the customer, for ever the same."""
    return runtime.keyed.is_held_out(customer_id, world.policy.holdout_share)


def draw_seed(runtime: Runtime, world: World, customer_id: str, today: int) -> int:
    """The seed of the day's exploration draw: unit, day and base policy, so that a reload gives the same shelf."""
    return runtime.keyed.unit(f"explore:{world.policy_label}:{today}", customer_id)
