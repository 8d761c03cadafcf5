"""SQLite: the embedded default; one writer, readers beside it, every commit on disk."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

from service.stores._bank import Bank
from service.stores._file_lock import FileLock
from service.stores._jobs import LOCKS, own_name
from service.stores._sqlite_errors import as_store_error, is_busy
from service.stores._turn import Turn
from service.stores.protocols import CustomerRow, StoreBusy, Versions
from service.stores.sql import SqlStore

BUSY_MS = 2_000  # the default; a service waits for less than its callers do, a command for longer
HELD_BUSY_MS = 50  # once a wait was in vain, until a write goes through: who queues behind it is not to wait as long
AGAIN_S = 0.002
READ_BUSY_MS = 50  # a read on the event loop rather fails: the shelf then answers without it
MMAP_BYTES = 1 << 30

_VERSIONS = "SELECT generation, catalogue, model, tags, suspended FROM versions WHERE one = 1"
_READ = """
SELECT v.generation, v.catalogue, v.model, v.tags, v.suspended, r.version, r.personal, r.gate,
       CASE WHEN r.personal AND ?1 THEN r.state END, CASE WHEN r.personal AND ?1 THEN r.derived END
FROM versions v LEFT JOIN customer_rows r ON r.customer_id = ?2 WHERE v.one = 1
"""


class Sqlite(SqlStore):
    """A database file. Any thread may call anything; each thread reads through a connection of its own."""

    reads_inline = True

    def __init__(self, path: Path, bank: Bank, busy_ms: int = BUSY_MS) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # personal data; the log and its index get the mode of the file
        self._path = path
        self._turn = Turn(path.with_name(f"{path.name}-turn"))
        self._mine = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._suspended: tuple[str, tuple[int, ...]] = ("[]", ())
        self._busy_ms = self._patience_ms = busy_ms
        self._writer = create_engine("sqlite://", creator=self._open_writer, poolclass=StaticPool, hide_parameters=True)
        self._reader = create_engine("sqlite://", creator=self._open_reader, poolclass=QueuePool, hide_parameters=True)
        event.listen(self._writer, "begin", self._begin_immediate)
        event.listen(self._reader, "begin", _begin)
        event.listen(self._reader, "checkin", _end)
        try:
            with as_store_error():
                self._writer.raw_connection().close()  # it makes the log's index, which a reader cannot
            super().__init__(bank)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self, *, patient: bool = False) -> Iterator[Connection]:
        with self._turn.queued(), as_store_error(), self._writer.begin() as connection:
            try:
                yield connection
            except BaseException:
                self.forget()
                raise

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with as_store_error(), self._reader.connect() as connection:
            yield connection

    def read(self, customer_id: str, *, personal: bool) -> tuple[Versions, CustomerRow | None]:
        row = self._own().execute(_READ, (personal, customer_id)).fetchone()
        text, suspended = self._suspended
        if row[4] != text:
            suspended = tuple(orjson.loads(row[4]))
            self._suspended = (row[4], suspended)
        versions = Versions(row[0], row[1], row[2], row[3], suspended)
        return versions, None if row[5] is None else CustomerRow(row[5], row[6] == 1, row[7], row[8], row[9])

    def versions(self) -> Versions:
        generation, catalogue, model, tags, suspended = self._own().execute(_VERSIONS).fetchone()
        return Versions(generation, catalogue, model, tags, tuple(orjson.loads(suspended)))

    def lock(self, name: str) -> FileLock:
        assert name in LOCKS  # noqa: S101 - our own names
        return FileLock(self._path.with_name(f"{self._path.name}-{name}"), own_name())

    def close(self) -> None:
        with self._turn.queued():
            for connection in self._readers:
                connection.close()
            self._reader.dispose()
            self._writer.dispose()
        self._turn.close()

    def _own(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = self._open_reader()
            connection.execute(f"PRAGMA busy_timeout={READ_BUSY_MS}")
            self._readers.append(connection)
        return connection

    def _begin_immediate(self, connection: Connection) -> None:
        """Take the file within the patience; the first wait in vain makes those behind it short."""
        patience_ms = self._patience_ms
        until_s = time.monotonic() + patience_ms / 1000
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - made by `_open_writer`
        with self._turn.gate(until_s) as entered:
            while not (entered and _taken(driver)):
                if not entered or time.monotonic() > until_s:
                    self._patience_ms = min(HELD_BUSY_MS, self._busy_ms)
                    waited = f"another process is writing, and was after {patience_ms / 1000:g} s still"
                    raise StoreBusy(f"SQLite: the database is locked: {waited}")
                time.sleep(AGAIN_S)
        self._patience_ms = self._busy_ms

    def _open_writer(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        # The wait for a lock comes first: changing the journal mode may have to wait for one already.
        for pragma in (
            f"busy_timeout={self._busy_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
            f"mmap_size={MMAP_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA busy_timeout=0")  # `_begin_immediate` waits, and asks more often than SQLite would
        return connection

    def _open_reader(self) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        connection.execute(f"PRAGMA mmap_size={MMAP_BYTES}")
        return connection


def _taken(driver: sqlite3.Connection) -> bool:
    """Whether the write lock was free and is had now."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_busy(error):
            return False
        raise
    return True


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _end(connection: DBAPIConnection | None, _: ConnectionPoolEntry) -> None:
    """A pooled reader that stays in a transaction would hold back the checkpoint of the log."""
    if connection is not None:
        connection.rollback()
