"""The nightly job that publishes the day's tiers: what hysteresis reads the next day (domain model §6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.pipeline.facts import Asked, Moment, build_facts
from service.pipeline.gather import is_held_out
from service.progress import Progress
from service.runtime import Runtime
from shelf_rules.decide import decide
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
        parts = {}
        for customer_id in page:
            part = _tiers(runtime, customer_id, moment)
            if part is not None:
                parts[customer_id] = part
        runtime.store.put_derived(parts)
        written += len(parts)
        progress("tiers", written, 0)
    return written


def _pages(runtime: Runtime) -> Iterator[list[str]]:
    after = ""
    while page := runtime.store.customer_ids(personal=True, after=after, limit=_PAGE):
        yield page
        after = page[-1]


def _tiers(runtime: Runtime, customer_id: str, moment: Moment) -> dict[str, Any] | None:
    held_out = is_held_out(runtime, customer_id)
    _, row = runtime.store.read(customer_id, personal=not held_out)
    world = runtime.worlds.last()
    asked = Asked(customer_id, Query(), moment, 0, held_out)
    facts = build_facts(asked, row, world)
    if facts.past is None or moment.today - facts.past.active_day > SEEN_DAYS:
        return None
    view = decide(facts, world.catalogue, world.policy, world.regime).categories
    if view is None:
        return None
    tiers = tuple((number, tier) for number, tier in enumerate(view.tier) if tier is not None)
    return {"day": moment.today, "tiers": tiers}
