"""The driver's own connection below a store's: what files are loaded through and written from, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection

from service.errors import Refused

Row = tuple[Any, ...]
_CACHE_KIB = 196_608
"""SQLite's page cache of an import: the index of the events is written in no order of its own."""


class Answer(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...  # noqa: ANN401 - one row, or None
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Raw(Protocol):
    """A connection as `sqlite3` has it; a parameter is written as `?`."""

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Answer: ...
    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object: ...


class PostgresRaw:
    """A connection of psycopg with the same calls."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> psycopg.Cursor[Row]:
        return self.connection.execute(_numbered(statement), parameters)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(_numbered(statement), rows)

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add rows to a table."""
        into = psycopg.sql.SQL("COPY {} ({}) FROM STDIN").format(
            psycopg.sql.Identifier(table), psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
        )
        with self.connection.cursor() as cursor, cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)


def raw_of(connection: Connection) -> Raw:
    """The driver's connection. Raises Refused where nobody knows how to load through it."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        return driver
    if isinstance(driver, psycopg.Connection):
        return PostgresRaw(driver)
    raise Refused("files are loaded into SQLite and PostgreSQL only")


def pages(raw: Raw, statement: str, page: int) -> Iterator[list[Row]]:
    """The rows of a statement, `page` at a time, never all of them in memory."""
    if isinstance(raw, PostgresRaw):
        with raw.connection.cursor(name="pages") as server:
            yield from _pages(server.execute(_numbered(statement)), page)
    else:
        with closing(raw.execute(statement)) as cursor:  # type: ignore[type-var]
            yield from _pages(cursor, page)


@contextmanager
def large_cache(raw: Raw) -> Iterator[None]:
    """For the time of an import, where the database's pages are kept in this process."""
    if isinstance(raw, PostgresRaw):
        yield
        return
    size = raw.execute("PRAGMA cache_size").fetchone()[0]
    raw.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA cache_size = {int(size)}")


def learn_sizes(raw: Raw) -> None:
    """Let PostgreSQL see what was loaded: until then it plans for the tables as they were."""
    if isinstance(raw, PostgresRaw):
        raw.execute("ANALYZE")


def _pages(cursor: Any, page: int) -> Iterator[list[Row]]:  # noqa: ANN401 - of either driver
    while found := cursor.fetchmany(page):
        yield found


def _numbered(statement: str) -> Any:  # noqa: ANN401 - psycopg wants a literal
    return statement.replace("%", "%%").replace("?", "%s")
