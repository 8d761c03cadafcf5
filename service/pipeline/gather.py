"""Reads the two facts a shelf needs: the customer's row with the current versions, and the world they name."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass

from service.pipeline.facts import Asked, Moment, build_facts
from service.runtime import Runtime
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.facts import Facts, Query

log = logging.getLogger(__name__)

_FRACTION = 1 << 64


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read, and what a decision asks beside it."""

    asked: Asked
    row: CustomerRow | None
    world: World


def gather(runtime: Runtime, customer_id: str, query: Query) -> Gathered:
    """Read once; a row that cannot be read makes the shelf a fallback, never a personal guess."""
    now_us = runtime.clock.now_us()
    moment = Moment(now_us, runtime.calendar.day(now_us), runtime.calendar.year(now_us))
    held_out = is_held_out(runtime, customer_id)
    degraded: tuple[str, ...] = ()
    row: CustomerRow | None = None
    suspended: tuple[int, ...] = ()
    try:
        versions, row = runtime.store.read(customer_id, personal=not held_out)
        suspended = versions.suspended
        world = runtime.worlds.at(versions)
    except Exception:
        log.exception("the customer's row cannot be read", extra={"customer": runtime.keyed.customer_ref(customer_id)})
        world, degraded = runtime.worlds.last(), ("state",)
        suspended = world.versions.suspended
    asked = Asked(
        customer_id=customer_id,
        query=query,
        moment=moment,
        seed=draw_seed(runtime, world, customer_id, moment.today),
        held_out=held_out,
        suspended=suspended,
        fallback=bool(degraded),
        degraded=degraded,
    )
    return Gathered(asked, row, world)


def decode(runtime: Runtime, gathered: Gathered) -> tuple[Gathered, Facts]:
    """The facts in the row; one that is no row of this schema makes the shelf a fallback too."""
    try:
        return gathered, build_facts(gathered.asked, gathered.row, gathered.world)
    except Exception:
        customer = runtime.keyed.customer_ref(gathered.asked.customer_id)
        log.exception("the customer's row cannot be decoded", extra={"customer": customer})
    asked = dataclasses.replace(gathered.asked, fallback=True, degraded=("state",))
    fallen = Gathered(asked, None, gathered.world)
    return fallen, build_facts(asked, None, gathered.world)


def is_held_out(runtime: Runtime, customer_id: str) -> bool:
    """Whether the customer belongs to the global hold-out: a salted hash of the customer, for ever the same."""
    share = runtime.worlds.last().policy.holdout_share
    return runtime.keyed.unit("holdout", customer_id) < share * _FRACTION


def draw_seed(runtime: Runtime, world: World, customer_id: str, today: int) -> int:
    """The seed of the day's exploration draw: unit, day and base policy, so that a reload gives the same shelf."""
    return runtime.keyed.unit(f"explore:{world.policy_label}:{today}", customer_id)
