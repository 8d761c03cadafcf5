from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import text

from service.stores._limits import Limits
from service.stores.postgres import Postgres
from service.stores.protocols import StoreBusy, StoreError
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US
from tests.services import PostgresServer

LIMITS = Limits(readers=2, connections=2, read_ms=300, write_ms=600, job_ms=2_000, lock_ms=200)


@pytest.fixture
def store(postgres_url: str) -> Iterator[Postgres]:
    opened = Postgres(postgres_url, make_bank(), LIMITS)
    opened.put_products(PRODUCTS, NOW_US)
    yield opened
    opened.close()


@contextmanager
def held(url: str, *statements: str) -> Iterator[None]:
    """What another process does in a transaction that it does not end."""
    with psycopg.connect(url) as other:
        for statement in statements:
            other.execute(statement)
        yield
        other.rollback()


def shown(store: Postgres, name: str) -> str:
    with store.transaction() as connection:
        return str(connection.scalar(text(f"SHOW {name}")))


def test_a_commit_is_on_disk_and_every_wait_is_bounded(store: Postgres) -> None:
    assert shown(store, "synchronous_commit") == "on"
    assert shown(store, "statement_timeout") == "600ms"
    assert shown(store, "lock_timeout") == "200ms"
    assert shown(store, "idle_in_transaction_session_timeout") == "1min"
    assert shown(store, "tcp_user_timeout") in {"5s", "0"}


def test_a_job_reads_one_state_of_all_tables_and_writes_nothing(store: Postgres) -> None:
    with store.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM events")) == 0
        store.append([make_event("e")])
        assert connection.scalar(text("SELECT count(*) FROM events")) == 0
        with pytest.raises(Exception, match="read-only"):
            connection.execute(text("DELETE FROM events"))


def test_reading_is_one_prepared_keyed_statement(store: Postgres) -> None:
    store.append([make_event("e")])
    store.read("c", personal=True)
    with store._keyed.connect() as pooled:
        prepared = pooled.cursor().execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        statements = prepared.fetchall()
    assert len(statements) == 1
    assert "FROM versions v LEFT JOIN customer_rows" in statements[0][0]


def test_several_threads_read_at_once_and_no_more_than_the_pool_has(store: Postgres) -> None:
    allow(store)
    store.append([make_event("e")])
    row = store.read("c", personal=True)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(store.read("c", personal=True))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [row] * 8
    with store._keyed.connect(), store._keyed.connect(), pytest.raises(StoreBusy, match="in use"):
        store.read("c", personal=True)


def test_a_row_that_somebody_else_writes_makes_the_store_busy_soon(store: Postgres, postgres_url: str) -> None:
    store.append([make_event("e")])
    with held(postgres_url, "UPDATE customer_rows SET version = version + 1 WHERE customer_id = 'c'"):
        began = time.monotonic()
        with pytest.raises(StoreBusy, match="lock"):
            store.append([make_event("f")])
        assert time.monotonic() - began < LIMITS.write_ms / 1000
        assert [one.status for one in store.append([make_event("f", customer_id="d")])] == ["accepted"]
        assert store.read("c", personal=False)[1] is not None
    assert [one.status for one in store.append([make_event("f")])] == ["accepted"]


def test_an_import_is_as_patient_as_a_job_and_the_next_writer_is_not(store: Postgres) -> None:
    with store.begin(patient=True) as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "2s"
        connection.execute(text("SELECT pg_sleep(0.9)"))
    assert shown(store, "lock_timeout") == "200ms"
    with pytest.raises(StoreBusy, match="statement timeout"), store.transaction() as connection:
        connection.execute(text("SELECT pg_sleep(5)"))


def test_only_one_numbers_products_at_a_time(store: Postgres, postgres_url: str) -> None:
    other = Postgres(postgres_url, make_bank(), LIMITS)
    with store.begin(), pytest.raises(StoreBusy):
        other.put_products([{"product_id": "x", "category": "cash.mmf"}], NOW_US)
    other.close()


def test_errors_do_not_show_what_was_stored(store: Postgres) -> None:
    with pytest.raises(StoreError) as failure:
        store.append([make_event("e", product_no=999, payload="a secret", customer_id="somebody")])
    told = f"{failure.value} {failure.value.__cause__}"
    assert "foreign key" in told
    assert "secret" not in told
    assert "somebody" not in told


def calls(store: Postgres) -> list[Callable[[], object]]:
    return [
        lambda: store.read("c", personal=True),
        lambda: store.append([make_event("e")]),
        lambda: store.history("c"),
        store.versions,
    ]


def test_a_server_that_hangs_is_an_error_within_the_limits_and_forgotten_when_it_goes_on(
    own_server: PostgresServer,
) -> None:
    limits = dataclasses.replace(LIMITS, job_ms=600)
    store = Postgres(own_server.new_database(), make_bank(), limits)
    store.put_products(PRODUCTS, NOW_US)
    for call in calls(store):
        call()
    own_server.pause()
    try:
        for call in calls(store):
            began = time.monotonic()
            with pytest.raises(StoreError, match="PostgreSQL"):
                call()
            # The connection that hangs, and then the new one that is not answered.
            assert time.monotonic() - began < 2 * limits.write_ms / 1000 + limits.connect_s + 2
    finally:
        own_server.resume()
    assert store.read("c", personal=True)[1] is not None
    assert [one.status for one in store.append([make_event("e"), make_event("f")])] == ["duplicate", "accepted"]
    store.close()


def test_a_server_that_restarts_is_found_again(own_server: PostgresServer) -> None:
    store = Postgres(own_server.new_database(), make_bank(), LIMITS)
    store.put_products(PRODUCTS, NOW_US)
    for call in calls(store):
        call()
    own_server.stop()
    for call in calls(store):
        with pytest.raises(StoreError, match="PostgreSQL"):
            call()
    own_server.start()
    for call in calls(store):
        call()
    store.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.close()
