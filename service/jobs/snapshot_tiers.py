"""The nightly job that publishes the day's tiers: what hysteresis reads the next day (domain model §6)."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from service.pipeline.facts import BLOCK, Asked, Moment, build_all
from service.pipeline.gather import is_held_out
from service.progress import Progress
from service.runtime import Runtime
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.decide import tiers_of
from shelf_rules.facts import Query

SEEN_DAYS = 90
_PAGE = 1000

_Read = tuple[Asked, CustomerRow | None]
_Parts = dict[str, dict[str, Any]]


def snapshot_tiers(runtime: Runtime, progress: Progress, processes: int = 1) -> int:
    """Assign today's tiers to every customer seen in the last 90 days; the number of customers.

    Windows, consents and assessments are judged at the instant of today's midnight, but the state is read as it stands:
    what has already happened today counts too, with age 0. More than one process is for a command: the others are
    copies of this one that only compute.
    """
    today = runtime.calendar.day(runtime.clock.now_us())
    midnight_us = runtime.calendar.midnight_us(today)
    moment = Moment(midnight_us, today, runtime.calendar.year(midnight_us))
    written = 0
    world = runtime.worlds.last()
    with _computing(world, processes) as compute:
        for computed in _one_ahead(compute(blocks) for blocks in _pages(runtime, world, moment)):
            parts = {who: part for block in computed for who, part in block.items()}
            runtime.store.put_derived(parts)
            written += len(parts)
            progress("tiers", written, 0)
    return written


def _one_ahead(computed: Iterator[Iterable[_Parts]]) -> Iterator[Iterable[_Parts]]:
    """Each page after the next one has been begun: other processes go on while this one writes."""
    page = next(computed, None)
    while page is not None:
        following = next(computed, None)
        yield page
        page = following


@contextmanager
def _computing(world: World, processes: int) -> Iterator[Callable[[list[list[_Read]]], Iterable[_Parts]]]:
    """What turns blocks of rows into tiers, in their order, here or in other processes."""
    if processes == 1:
        yield partial(map, partial(_tiers, world))
        return
    # Forked, so that the world is there already; the pool ends its processes without running anything of ours.
    with multiprocessing.get_context("fork").Pool(processes, _inherit, (world, os.getpid())) as pool:
        yield partial(pool.imap, _tiers_of_inherited)


_inherited: list[World] = []


def _inherit(world: World, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command is interrupted, and ends its processes
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    _inherited.append(world)


def _end_after(parent: int) -> None:
    """End with a command that was killed: a copy of it would hold on to the turn to run jobs."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _tiers_of_inherited(read: list[_Read]) -> _Parts:
    return _tiers(_inherited[-1], read)


def _pages(runtime: Runtime, world: World, moment: Moment) -> Iterator[list[list[_Read]]]:
    """The rows of all customers whose shelf is personal, in blocks, a page at a time."""
    after = ""
    while page := runtime.store.customer_ids(personal=True, after=after, limit=_PAGE):
        after = page[-1]
        read = [_read(runtime, world, customer_id, moment) for customer_id in page]
        yield [read[start : start + BLOCK] for start in range(0, len(read), BLOCK)]


def _read(runtime: Runtime, world: World, customer_id: str, moment: Moment) -> _Read:
    held_out = is_held_out(runtime, world, customer_id)
    _, row = runtime.store.read(customer_id, personal=not held_out)
    return Asked(customer_id, Query(), moment, 0, held_out), row


def _tiers(world: World, read: list[_Read]) -> _Parts:
    """The derived part of each customer whose shelf is personal and who has been seen lately."""
    parts = {}
    for (asked, _), facts in zip(read, build_all(read, world), strict=True):
        if facts.past is not None and asked.moment.today - facts.past.active_day <= SEEN_DAYS:
            tiers = tiers_of(facts, world.catalogue, world.policy, world.regime)
            told = tuple((at, tier) for at, tier in enumerate(tiers) if tier)
            parts[asked.customer_id] = {"day": asked.moment.today, "tiers": told}
    return parts
