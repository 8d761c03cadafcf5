"""Gives latent tags to customers who have agreed to them and takes back those that no longer hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.latent import Latent
from recommender.tag_quality.measure import STAGES
from service.clock import AHEAD_US
from service.jobs.attribute import attribute
from service.latent_plan import GIVEN, Change, Figures
from service.latent_rows import LatentRows, slices
from service.latent_tags import Item, Library, claim_of, definition, guards_of
from service.progress import Progress, silent
from service.runtime import Runtime
from service.stores._locks import lock_customers
from service.stores._records import put_tag_definitions
from service.tag_evidence import tag_evidence
from service.tag_measured import inferred_until, measured_until, refuse_going_back
from service.world import World

PAGE = 250  # customers of one transaction: live events wait for no more than that
Measured = Mapping[str, Mapping[int, Figures]]


@dataclass(frozen=True, slots=True)
class Inferred:
    """What a run did: the tag version in force after it (None: nothing was stored), of how many customers and tags."""

    version: int | None
    at_us: int
    customers: int
    tags: int
    changes: list[Change]


def infer_tags(runtime: Runtime, progress: Progress = silent, *, dry_run: bool = False) -> Inferred:
    """Infer on what is known now; `dry_run` stores nothing but the credits, which are brought up to date first.

    Every page of customers is a transaction, in which consents, deletions and assignments are read again: a run that
    died is made up for by the next one, and a second run at the same time changes nothing. Raises Refused where tags
    have been measured or inferred as of a later time than the clock's.
    """
    now_us = runtime.clock.now_us() if dry_run else _instant(runtime)
    attribute(runtime, progress)
    rows = _rows(runtime, now_us)
    evidence, ids = tag_evidence(runtime, now_us, progress)
    figures, asked = _measured(runtime, rows, (evidence, ids), progress)
    with runtime.store.connect() as connection:
        touched = sorted({*figures, *rows.carriers(connection), *rows.measured(connection)})
        plans = rows.plans(connection, touched, figures)
    changes = [change for plan in plans.values() for change in plan.changes]
    if not dry_run:
        _define(runtime, rows.library, {one.source.of_no for one in changes if one.change == GIVEN})
        rows = _rows(runtime, now_us)  # with the numbers of those that are new
        changes = list(_store(runtime, rows, (sorted(plans), figures), progress))
    version = None if dry_run else runtime.store.versions().tags
    return Inferred(version, now_us, asked, len(rows.library.wanted()), changes)


def _instant(runtime: Runtime) -> int:
    """Now, or right after what is known: a clock that was set begins anew with each process. Raises Refused."""
    now_us = runtime.clock.now_us()
    with runtime.store.connect() as connection:
        measured_us, inferred_us = measured_until(connection), inferred_until(connection)
    refuse_going_back("infer-tags", now_us, measured_us, slack_us=AHEAD_US)
    refuse_going_back("infer-tags", now_us, inferred_us, done="inferred", slack_us=AHEAD_US)
    return max(now_us, measured_us or 0, (inferred_us or 0) + 1)


def _rows(runtime: Runtime, now_us: int) -> LatentRows:
    """By the tag version in force now, which another process may have made."""
    runtime.worlds.refresh(runtime.store.versions())
    world = runtime.worlds.last()
    return LatentRows(_library(world, runtime.store.tag_version(world.versions.tags)), world.regime, now_us)


def _library(world: World, items: Sequence[Item]) -> Library:
    """What a claim about a guarded category needs is known of the law."""
    categories, guards = world.catalogue.categories, world.regime.scopes_needed
    return Library.of(items, lambda item: guards_of(item, categories, guards, zone=True))


def _measured(
    runtime: Runtime, rows: LatentRows, of: tuple[Evidence, Sequence[str]], progress: Progress
) -> tuple[Measured, int]:
    """What was measured of customers who have agreed, where it is enough or they carry the tag; and their number."""
    evidence, ids = of
    with runtime.store.connect() as connection:
        agreed, carried = rows.agreed(connection, ids), rows.carriers(connection)
    # A zone that the taxonomy lacks is a claim for nothing: it cannot be measured.
    wanted = [source for source in rows.library.wanted() if evidence.claims[source.of_no].any()]
    asked = np.zeros((len(wanted), len(ids)), np.bool_)
    for place, customer_id in enumerate(ids):
        if (scopes := agreed.get(customer_id)) is not None:
            asked[:, place] = [source.scopes <= scopes for source in wanted]
    figures: dict[str, dict[int, Figures]] = defaultdict(dict)
    tags = np.array([source.of_no for source in wanted], dtype=np.int64)
    for done, found in enumerate(Latent.each(evidence, tags, asked, len(STAGES)), 1):
        source = rows.library.sources[found.tag]
        has = np.array([source.number in carried.get(ids[one], ()) for one in found.customer.tolist()], np.bool_)
        for customer, one in Figures.each(found, (found.gives & source.gives) | has):
            figures[ids[customer]][found.tag] = one
        progress("infer", done, len(wanted))
    return dict(figures), len(agreed)


def _define(runtime: Runtime, library: Library, given: set[int]) -> None:
    """Define the latent tags that are wanted and not there; the others claim what their tags claim now."""
    codes = runtime.worlds.last().catalogue.categories.codes
    rows = []
    for source in library.sources.values():
        known = source.own
        stale = known is not None and (claim_of(known), known["scope"]) != (source.claim, source.of["scope"])
        if stale or (known is None and source.of_no in given):
            category = source.claim[0]
            rows.append(definition(source, None if category is None else codes[category], known))
    if rows:
        with runtime.store.begin() as connection:
            put_tag_definitions(connection, rows, runtime.clock.now_us())


def _store(
    runtime: Runtime, rows: LatentRows, of: tuple[Sequence[str], Measured], progress: Progress
) -> Iterator[Change]:
    """Write page by page what is to be done by what is known then; the changes that were made."""
    ids, figures = of
    version, done = runtime.worlds.last().versions.tags, 0
    for page in slices(ids, PAGE):
        with runtime.store.begin() as connection:
            lock_customers(connection, page)
            changes = rows.write(connection, rows.plans(connection, page, figures), version)
            runtime.store.refresh(page, within=connection)
        yield from changes
        done += len(page)
        progress("latent tags", done, len(ids))
