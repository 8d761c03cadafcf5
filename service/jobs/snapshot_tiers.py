"""The nightly job that publishes the day's tiers: what hysteresis reads the next day (domain model §6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.pipeline.facts import BLOCK, Asked, Moment, build_all
from service.pipeline.gather import is_held_out
from service.progress import Progress
from service.runtime import Runtime
from shelf_rules.decide import tiers_of
from shelf_rules.facts import Query

SEEN_DAYS = 90
_PAGE = 1000


def snapshot_tiers(runtime: Runtime, progress: Progress) -> int:
    """Assign today's tiers to every customer seen in the last 90 days; the number of customers.

    Windows, consents and assessments are judged at the instant of today's midnight, but the state is read as it stands:
    what has already happened today counts too, with age 0.
    """
    today = runtime.calendar.day(runtime.clock.now_us())
    midnight_us = runtime.calendar.midnight_us(today)
    moment = Moment(midnight_us, today, runtime.calendar.year(midnight_us))
    written = 0
    for page in _pages(runtime):
        blocks = [page[start : start + BLOCK] for start in range(0, len(page), BLOCK)]
        parts = {who: part for block in blocks for who, part in _tiers(runtime, block, moment)}
        runtime.store.put_derived(parts)
        written += len(parts)
        progress("tiers", written, 0)
    return written


def _pages(runtime: Runtime) -> Iterator[list[str]]:
    after = ""
    while page := runtime.store.customer_ids(personal=True, after=after, limit=_PAGE):
        yield page
        after = page[-1]


def _tiers(runtime: Runtime, customer_ids: list[str], moment: Moment) -> Iterator[tuple[str, dict[str, Any]]]:
    """The derived part of each customer whose shelf is personal and who has been seen lately."""
    world, read = runtime.worlds.last(), []
    for customer_id in customer_ids:
        held_out = is_held_out(runtime, customer_id)
        _, row = runtime.store.read(customer_id, personal=not held_out)
        read.append((Asked(customer_id, Query(), moment, 0, held_out), row))
    for customer_id, facts in zip(customer_ids, build_all(read, world), strict=True):
        if facts.past is None or moment.today - facts.past.active_day > SEEN_DAYS:
            continue
        tiers = tiers_of(facts, world.catalogue, world.policy, world.regime)
        yield customer_id, {"day": moment.today, "tiers": tuple((at, tier) for at, tier in enumerate(tiers) if tier)}
