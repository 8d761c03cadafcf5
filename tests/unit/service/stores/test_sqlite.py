from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from service.settings import load_settings
from service.stores.protocols import StoreBusy, StoreError
from service.stores.sqlite import BUSY_MS, Sqlite
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Sqlite]:
    opened = Sqlite(tmp_path / "bank.db", make_bank())
    opened.put_products(PRODUCTS, NOW_US)
    yield opened
    opened.close()


def test_a_commit_is_on_disk_and_readers_do_not_wait_for_it(store: Sqlite) -> None:
    with store.begin() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        connection.execute(text("UPDATE versions SET model = 7"))
        assert store.versions().model == 0
    assert store.versions().model == 7


def test_reading_is_one_keyed_statement(store: Sqlite, tmp_path: Path) -> None:
    store.append([make_event("e")])
    seen: list[str] = []
    store.read("c", personal=True)
    reader = store._own()
    reader.set_trace_callback(seen.append)
    store.read("c", personal=True)
    assert len(seen) == 1
    with sqlite3.connect(tmp_path / "bank.db") as plain:
        plan = [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {seen[0]}")]
    assert not [step for step in plan if step.startswith("SCAN")], plan


def test_a_read_leaves_no_transaction_open(store: Sqlite) -> None:
    store.append([make_event("e")])
    store.read("c", personal=True)
    store.history("c")
    with store.begin() as connection:
        connection.execute(text("UPDATE versions SET model = 1"))
    writer = sqlite3.connect(store._path)
    busy, pages, moved = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    writer.close()
    assert (busy, pages, moved) == (0, 0, 0)


def test_every_thread_reads_through_a_connection_of_its_own(store: Sqlite) -> None:
    allow(store)
    store.append([make_event("e")])
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append((id(store._own()), store.read("c", personal=True)))) for _ in "123"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({connection for connection, _ in found}) == 3
    assert [row for _, row in found] == [store.read("c", personal=True)] * 3


def fail_after(store: Sqlite, statement: str) -> None:
    with store.begin() as connection:
        connection.execute(text(statement))
        raise ZeroDivisionError


def test_a_transaction_that_fails_leaves_nothing(store: Sqlite) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after(store, "UPDATE versions SET model = 7")
    assert store.versions().model == 0


@contextmanager
def held(path: Path) -> Iterator[None]:
    """The database as another process holds it that writes."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_locked_database_is_busy_after_one_wait_and_then_soon(store: Sqlite) -> None:
    with held(store._path):
        with pytest.raises(StoreBusy, match="locked"):
            store.append([make_event("e")])
        began = time.monotonic()
        with pytest.raises(StoreBusy, match="locked"):
            store.append([make_event("e")])
        assert time.monotonic() - began < BUSY_MS / 2000
    assert [appended.status for appended in store.append([make_event("e")])] == ["accepted"]
    assert store._patience_ms == BUSY_MS


def test_a_command_waits_for_longer_than_a_service_and_says_what_held_it(store: Sqlite) -> None:
    assert load_settings({}).limits.busy_ms < load_settings({}).limits.write_ms
    assert load_settings({}).limits.patient.busy_ms == 30_000
    command = Sqlite(store._path, make_bank(), busy_ms=100)
    with held(store._path), pytest.raises(StoreBusy, match=r"another process is writing, and was after 0\.1 s still"):
        command.promote_model("m", "0" * 64, NOW_US)
    assert command.promote_model("m", "0" * 64, NOW_US) == 1
    command.close()


def test_a_full_disk_is_not_taken_for_a_lock(store: Sqlite) -> None:
    with store.begin() as connection:
        connection.execute(text(f"PRAGMA max_page_count={connection.scalar(text('PRAGMA page_count'))}"))
    with pytest.raises(StoreError, match="full") as failure:
        store.append([make_event(f"e{number}", payload="x" * 4000) for number in range(50)])
    assert not isinstance(failure.value, StoreBusy)


def test_a_process_starts_while_another_one_holds_the_database(store: Sqlite) -> None:
    store.append([make_event("e")])
    with held(store._path):
        began = time.monotonic()
        second = Sqlite(store._path, make_bank())
        assert time.monotonic() - began < BUSY_MS / 2000
        assert len(second.history("c").events) == 1
        second.close()
    store.close()
    third = Sqlite(store._path, make_bank())
    assert len(third.history("c").events) == 1
    third.close()


def test_errors_do_not_show_what_was_stored(store: Sqlite) -> None:
    with pytest.raises(StoreError) as failure:
        store.append([make_event("e", product_no=999, payload="a secret")])
    shown = [str(failure.value), str(failure.value.__cause__)]
    assert not [text for text in shown if "a secret" in text]


def test_a_full_disk_loses_nothing_acknowledged(store: Sqlite) -> None:
    allow(store)
    store.append([make_event("before")])
    with store.begin() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count={pages + 2}"))
    with pytest.raises(StoreError, match="full"):
        store.append([make_event(f"e{number}", payload="x" * 4000) for number in range(50)])
    with store.begin() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        connection.execute(text("PRAGMA max_page_count=1000000"))
    assert [event.event_id for event in store.history("c").events] == ["before"]
    assert [appended.status for appended in store.append([make_event("e0", payload="x" * 4000)])] == ["accepted"]


def test_nobody_else_on_the_machine_can_read_the_files(store: Sqlite) -> None:
    files = list(store._path.parent.glob("bank.db*"))
    assert len(files) == 4
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
