"""The bank's data: simulate, import, export, train, and the daily jobs."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import insert, select

from service.bootstrap import rules_shelf, runtime_of, store_of
from service.clock import Clock
from service.commands.dates import day_of, today
from service.commands.nothing import say_if_nobody, say_none
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.exchange import ImportReport, export_folder, import_folder
from service.exchange.claims import Taxonomy
from service.jobs.by_hand import ByHand
from service.jobs.rebuild import rebuild_states
from service.jobs.snapshot_tiers import snapshot_tiers as publish_tiers
from service.jobs.verify import verify_states
from service.keyed import Secrets
from service.progress import progress_bar
from service.settings import Settings
from service.simulate import simulate
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import Store

_CONSENTS = table(tables.Consents)
_ROWS = table(tables.CustomerRows)
_PAGE = 1000
_PROCESSES = 4

Size = tuple[int, int, int, int]


def simulate_bank(settings: Settings, folder: Path, size: Size, until: str, *, as_json: bool) -> None:
    """Write a simulated bank into a folder."""
    counts = write_bank(settings, folder, size, until)
    if as_json:
        say_json({"folder": str(folder), "rows": counts})
        return
    say_table(str(folder), ("file", "rows"), counts.items())


def write_bank(settings: Settings, folder: Path, size: Size, until: str) -> dict[str, int]:
    """Simulate into a folder; (customers, products, days, seed); the rows of every file."""
    customers, products, days, seed = size
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder}: not a folder")
    last = day_of(until) if until else today(settings)
    with progress_bar() as progress:
        return simulate(
            folder, customers=customers, products=products, days=days, until=last, seed=seed, progress=progress
        )


def import_(settings: Settings, folder: Path, max_rejects: int, grant: list[str], *, as_json: bool) -> None:
    """Import a folder and print its report; raises Refused when it was not kept."""
    if grant and settings.production:
        raise Refused("--grant: development mode only; consents are given by customers")
    with store_of(settings) as store:
        report = read_bank(settings, store, folder, max_rejects)
        for scope in grant if report.kept else ():
            grant_to_all(store, scope, Clock(settings.start).now_us())
    if as_json:
        say_json(report.as_dict())
    else:
        show_report(report)
    if not report.kept:
        raise Refused(report.summary())
    _refuse_nothing(report, folder)


def _refuse_nothing(report: ImportReport, folder: Path) -> None:
    """A nightly import of the wrong folder must not look like a success; raises Refused."""
    if not report.files:
        raise Refused(f"{folder}: no file of the exchange format in it")
    for name, counts in report.files.items():
        if counts.missing_columns:
            raise Refused(f"{name}: columns missing: {', '.join(counts.missing_columns)}")


def read_bank(settings: Settings, store: Store, folder: Path, max_rejects: int) -> ImportReport:
    """Import a folder; raises Refused when there is no such folder."""
    if not folder.is_dir():
        raise Refused(f"{folder}: no such folder")
    regime = rules_shelf(settings).regime
    with progress_bar() as progress:
        return import_folder(
            store,
            folder,
            reports=settings.folder / "imports",
            max_rejects=max_rejects,
            progress=progress,
            now_us=Clock(settings.start).now_us(),
            tombstone_days=regime.tombstone_days,
            taxonomy=Taxonomy.of(regime),
            keyed=Secrets(settings.secret_key, settings.unit_key),
        )


def show_report(report: ImportReport) -> None:
    """The report as a table."""
    columns = ("file", "read", "inserted", "replaced", "unchanged", "duplicate", "rejected", "reasons")
    say_table("import", columns, report.rows())
    for line in report.notes():
        say(line)


def grant_to_all(store: Store, scope: str, now_us: int) -> None:
    """Record a scope as granted by every customer without an answer to it: for benchmarks on data without consents."""
    with store.begin() as connection:
        answered = set(connection.execute(select(_CONSENTS.c.customer_id).where(_CONSENTS.c.scope == scope)).scalars())
        known = connection.execute(select(_ROWS.c.customer_id).order_by(_ROWS.c.customer_id)).scalars()
        asked = [customer_id for customer_id in known if customer_id not in answered]
        rows = [
            {
                "customer_id": customer_id,
                "scope": scope,
                "changed_us": 0,  # before anything that the data set holds
                "granted": True,
                "text_version": "development",
                "recorded_us": now_us,
            }
            for customer_id in asked
        ]
        if rows:
            connection.execute(insert(_CONSENTS), rows)
    for start in range(0, len(asked), _PAGE):
        store.refresh(asked[start : start + _PAGE])


def export(settings: Settings, folder: Path, *, as_json: bool) -> None:
    """Write everything in the exchange format."""
    with runtime_of(settings) as runtime, progress_bar() as progress:
        report = export_folder(runtime.store, folder, progress=progress, settle=runtime.decisions.settle)
    if as_json:
        say_json(report.as_dict())
    elif report.files:
        say_table(str(folder), ("file", "rows"), report.rows())
    else:
        say_none("rows", settings, f"{folder} has the manifest alone")


def snapshot_tiers(settings: Settings) -> None:
    """Publish the day's tiers."""
    with runtime_of(settings) as runtime:
        with progress_bar() as progress, ByHand(runtime, "snapshot-tiers", progress) as run:
            count = publish_tiers(runtime, run, min(_PROCESSES, os.cpu_count() or 1))
            run.line = f"tiers of {count} customers published"
        say(run.line)
        say_if_nobody(runtime.store, settings)


def rebuild_state(settings: Settings, *, verify: bool) -> None:
    """Recompute every state, or compare; raises Refused when a state differs."""
    with store_of(settings) as store, progress_bar() as progress:
        if not verify:
            say(f"{rebuild_states(store, progress=progress).customers} customers rebuilt")
            say_if_nobody(store, settings)
            return
        different = verify_states(store, progress=progress)
        say(f"{len(different)} differences")
        say_if_nobody(store, settings)
    if different:
        raise Refused(f"{len(different)} customers' states differ from a full recompute")
