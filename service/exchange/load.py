"""Import: a folder of the exchange format into the database, customers' rows included: all of it or nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from service.clock import AHEAD_US
from service.errors import Refused
from service.exchange import schema
from service.exchange.claims import Taxonomy
from service.exchange.filing import Filing, Terms
from service.exchange.finish import Touched, finish_import
from service.exchange.raw import Raw, large_cache, learn_sizes, raw_of
from service.exchange.read import Folder, latest_time, open_folder
from service.exchange.registry import Registry
from service.exchange.report import ImportReport
from service.keyed import Secrets
from service.progress import Progress, silent
from service.stores.protocols import Store

TOMBSTONE_DAYS = 180


class _TooManyRejects(Exception):
    """More rows were rejected than allowed."""


@dataclass(slots=True)
class _Run:
    folder: Folder
    terms: Terms
    progress: Progress
    report: ImportReport
    touched: Touched = field(default_factory=Touched)


def import_folder(
    store: Store,
    folder: Path,
    *,
    reports: Path,
    now_us: int,
    progress: Progress = silent,
    max_rejects: int = 0,
    base_currency: str = schema.BASE_CURRENCY,
    tombstone_days: int = TOMBSTONE_DAYS,
    keyed: Secrets | None = None,
    taxonomy: Taxonomy | None = None,
) -> ImportReport:
    """Load a folder and compute the rows of the customers it changed, in one transaction.

    Every row is loaded or kept with its reason in the next free folder `reports/<n>`; with more rejected rows than
    `max_rejects` the database stays as it is. `keyed` reads tracking tokens; without it an event that has one is
    rejected; device ids are then stored as their keyed hashes too. Definitions of tags that claim what `taxonomy` lacks
    are loaded with a warning. Raises Refused where a file cannot be read.

    Held in memory: the ids of the customers that change, of those that `holdings` names or that have deleted a tag, and
    of all products and tags; some 150 bytes each, so that ten million customers need 1.5 GB. Events, flows and the rows
    of tables are not held. Other writers wait, and give up, until all is done (docs/adr/0009).
    """
    began = time.monotonic()
    opened = open_folder(folder, base_currency)
    as_of_us = latest_time(opened, now_us) if opened.as_of_us is None else opened.as_of_us
    if as_of_us is not None and as_of_us > now_us + AHEAD_US:
        raise Refused(f"{folder / 'manifest.json'}: as_of is ahead of the clock")
    terms = Terms(now_us, now_us if as_of_us is None else as_of_us, tombstone_days, keyed, taxonomy)
    report = ImportReport(folder.name, str(_next_folder(reports)), unread=opened.unread)
    report.max_rejects, report.as_of_us = max_rejects, as_of_us
    run = _Run(opened, terms, progress, report)
    try:
        with store.begin(patient=True) as connection:
            raw = raw_of(connection)
            with large_cache(raw):
                _load(raw, run)
                learn_sizes(raw)
                report.quarantined = finish_import(store, connection, run.touched, now_us, progress)
        report.kept = True
        report.customers = len(run.touched.customers)
    except _TooManyRejects:
        report.refuse()
    report.seconds = round(time.monotonic() - began, 3)
    report.write()
    return report


def _next_folder(reports: Path) -> Path:
    reports.mkdir(parents=True, exist_ok=True)
    taken = [int(path.name) for path in reports.iterdir() if path.name.isdigit()]
    folder = reports / str(max(taken, default=0) + 1)
    folder.mkdir()
    return folder


def _load(raw: Raw, run: _Run) -> None:
    registry = Registry(raw)
    tags = registry.tags
    for file in schema.FILES:
        source = run.folder.sources.get(file.name)
        if source is None:
            continue
        filing = Filing(raw, registry, file, run.terms)
        filing.load(source, Path(run.report.report_folder), run.progress)
        registry.read_products()
        run.report.files[file.name] = filing.counts
        run.touched.note(file, changed=filing.counts.changed > 0, customers=filing.customers)
    run.touched.tags |= registry.tags > tags
    if run.report.rejects > run.report.max_rejects:
        raise _TooManyRejects
