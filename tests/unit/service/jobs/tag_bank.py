"""A small untrained bank for the loop from purchases back to tags, and what its tables hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service.bootstrap import runtime_of, store_of
from service.calendar import DAY_US
from service.clock import Clock, from_us
from service.exchange import import_folder
from service.keyed import Secrets
from service.progress import silent
from service.runtime import Runtime
from service.settings import load_settings
from service.simulate import simulate
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import EventRecord
from tests.sample_bank import NOW, SEED, UNTIL, SampleBank

CUSTOMERS, PRODUCTS, DAYS = 320, 160, 420


def build_tag_bank(folder: Path) -> SampleBank:
    """Simulate and import."""
    bank = SampleBank(folder / "source", folder / "data")
    simulate(bank.source, customers=CUSTOMERS, products=PRODUCTS, days=DAYS, until=UNTIL, seed=SEED, progress=silent)
    load(bank.source, bank.data_dir)
    return bank


def load(source: Path, data_dir: Path, now: str = NOW) -> None:
    """Import a folder into a database of its own."""
    settings = load_settings({}, {"data_dir": str(data_dir), "now": now, "log_level": "error"})
    with store_of(settings) as store:
        keyed = Secrets(settings.secret_key, settings.unit_key)
        now_us = Clock(settings.start).now_us()
        report = import_folder(store, source, reports=settings.folder / "imports", now_us=now_us, keyed=keyed)
        assert report.kept, report.summary()


@contextmanager
def opened(data_dir: Path, days: float = 0.0) -> Iterator[Runtime]:
    """A runtime over a bank's folder, its clock so many days after the bank's last one."""
    with runtime_of(load_settings({}, {"data_dir": str(data_dir), "now": NOW, "log_level": "error"})) as runtime:
        move(runtime, days)
        yield runtime


def move(runtime: Runtime, days: float) -> None:
    """Put the clock on."""
    runtime.clock.set(from_us(runtime.clock.now_us() + int(days * DAY_US)))


def rows(runtime: Runtime, model: type[Any], **where: Any) -> list[Mapping[str, Any]]:
    """The rows of a table in the order of its keys."""
    of = table(model)
    statement = select(of).order_by(*of.primary_key)
    for name, value in where.items():
        statement = statement.where(of.c[name] == value)
    with runtime.store.connect() as connection:
        return [row._asdict() for row in connection.execute(statement)]


def credits_by_event(runtime: Runtime) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Every credit by customer and event."""
    return {(row["customer_id"], row["event_id"]): row for row in rows(runtime, tables.Credits)}


def event(
    runtime: Runtime, event_id: str, customer_id: str, kind: str, *, days_ago: float, **fields: Any
) -> EventRecord:
    """An event that arrives now."""
    now_us = runtime.clock.now_us()
    body = repr((event_id, kind, days_ago, sorted(fields.items()))).encode()
    return EventRecord(event_id, customer_id, kind, now_us - int(days_ago * DAY_US), now_us, body, **fields)


def buyer(runtime: Runtime) -> Mapping[str, Any]:
    """A personal customer's organic purchase without a click, some weeks ago."""
    personal = set(runtime.store.customer_ids(personal=True, limit=10_000))
    since_us = runtime.clock.now_us() - 200 * DAY_US
    return next(
        row
        for row in rows(runtime, tables.Credits, exposure="organic")
        if row["customer_id"] in personal and row["occurred_us"] > since_us and row["click_id"] is None
        if row["product_no"] is not None and row["cancelled_us"] is None
    )
