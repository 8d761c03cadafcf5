"""PostgreSQL: the store of production; many processes write side by side, each customer's row by one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import orjson
import psycopg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import QueuePool

from service.stores._bank import Bank
from service.stores._jobs import LOCKS, own_name
from service.stores._limits import Limits
from service.stores._postgres_link import Hung, Link, as_store_error, open_link, store_error
from service.stores._session_lock import SessionLock
from service.stores.protocols import CustomerRow, StoreError, Versions
from service.stores.sql import SqlStore

_VERSIONS = "SELECT generation, catalogue, model, tags, suspended FROM versions WHERE one = 1"
_READ = """
SELECT v.generation, v.catalogue, v.model, v.tags, v.suspended, r.version, r.personal, r.gate,
       CASE WHEN r.personal AND %(personal)s THEN r.state END, CASE WHEN r.personal AND %(personal)s THEN r.derived END
FROM versions v LEFT JOIN customer_rows r ON r.customer_id = %(customer)s WHERE v.one = 1
"""


class Postgres(SqlStore):
    """A database of a server. Any thread may call anything; every pool is bounded, and so is every wait."""

    reads_inline = False

    def __init__(self, url: str, bank: Bank, limits: Limits | None = None) -> None:
        self._url, self._limits = url, limits or Limits()
        given = self._limits
        self._suspended: tuple[str, tuple[int, ...]] = ("[]", ())
        common: dict[str, Any] = {
            "pool_size": given.connections,
            "max_overflow": 0,
            "pool_timeout": given.pool_wait_ms / 1000,
            "pool_pre_ping": True,
            "pool_use_lifo": True,
            "hide_parameters": True,
            "use_native_hstore": False,
        }
        self._writer = create_engine(
            "postgresql+psycopg://", creator=lambda: open_link(url, given, given.write_ms), **common
        )
        self._jobs = create_engine(
            "postgresql+psycopg://", creator=lambda: open_link(url, given, given.job_ms, jobs=True), **common
        )
        self._keyed = QueuePool(
            cast("Callable[[], DBAPIConnection]", lambda: _reader(url, given)),
            pool_size=given.readers,
            max_overflow=0,
            timeout=given.pool_wait_ms / 1000,
            use_lifo=True,
            reset_on_return=None,
        )
        super().__init__(bank)

    @contextmanager
    def transaction(self, *, patient: bool = False) -> Iterator[Connection]:
        with as_store_error(), self._writer.begin() as connection, self._patience(connection, patient=patient):
            try:
                yield connection
            except BaseException:
                self.forget()
                raise

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with as_store_error(), self._jobs.connect() as connection:
            yield connection

    def read(self, customer_id: str, *, personal: bool) -> tuple[Versions, CustomerRow | None]:
        row = self._one(_READ, {"personal": personal, "customer": customer_id})
        found = None if row[5] is None else CustomerRow(row[5], row[6], row[7], row[8], row[9])
        return self._stated(row), found

    def versions(self) -> Versions:
        return self._stated(self._one(_VERSIONS, {}))

    def lock(self, name: str) -> SessionLock:
        return SessionLock(self._url, self._limits, LOCKS[name], own_name())

    def close(self) -> None:
        self._keyed.dispose()
        self._jobs.dispose()
        self._writer.dispose()

    def _stated(self, row: tuple[Any, ...]) -> Versions:
        known, suspended = self._suspended
        if row[4] != known:
            suspended = tuple(orjson.loads(row[4]))
            self._suspended = (row[4], suspended)
        return Versions(row[0], row[1], row[2], row[3], suspended)

    def _one(self, statement: str, parameters: Mapping[str, object]) -> tuple[Any, ...]:
        """The only row of a keyed statement; a connection that broke while it was idle is replaced."""
        for _ in range(self._limits.readers):
            with as_store_error():
                pooled = self._keyed.connect()
            link = cast("Link", pooled.driver_connection)
            try:
                return link.execute(statement, parameters, prepare=True, binary=True).fetchall()[0]
            except psycopg.Error as error:
                if link.closed:
                    pooled.invalidate()
                if isinstance(error, Hung) or not link.closed:
                    raise store_error(error) from None
            finally:
                pooled.close()
        raise StoreError("PostgreSQL: connections break as soon as they are used")

    @contextmanager
    def _patience(self, connection: Connection, *, patient: bool) -> Iterator[None]:
        link = connection.connection.driver_connection
        if not patient or not isinstance(link, Link):
            yield
            return
        longest = self._limits.job_ms
        connection.execute(text(f"SET LOCAL statement_timeout = {longest}; SET LOCAL lock_timeout = {longest}"))
        link.patience_ms = longest
        try:
            yield
        finally:
            link.patience_ms = self._limits.write_ms


def _reader(url: str, limits: Limits) -> Link:
    link = open_link(url, limits, limits.read_ms)
    link.autocommit = True
    link.read_only = True
    return link
