"""Insert or replace by primary key, in the words of the database at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

Row = Mapping[str, Any]
Values = tuple[Any, ...]
_AT_ONCE = 200  # rows of one statement: SQLite takes 32,766 values, PostgreSQL 65,535
_INSERT: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def table(model: type[SQLModel]) -> Table:
    """The Core table of a storage class."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


def upsert(connection: Connection, into: Table, rows: Sequence[Row]) -> None:
    """Store rows that all name the same columns; a row whose key is there replaces those columns."""
    if rows:
        connection.execute(_statement(connection.dialect.name, into, tuple(rows[0]), replace=True), rows)


def insert_new(connection: Connection, into: Table, rows: Sequence[Row]) -> None:
    """Store rows that all name the same columns; a row whose key is there stays as it is."""
    if rows:
        connection.execute(_statement(connection.dialect.name, into, tuple(rows[0]), replace=False), rows)


def insert_unique(
    connection: Connection, into: Table, columns: tuple[str, ...], unique: tuple[str, ...], rows: Sequence[Values]
) -> Iterator[Values]:
    """Store rows, values in the order of `columns`; one whose `unique` columns are there is passed over.

    The `unique` columns of those that were stored. The values go to the driver as they are: what SQLAlchemy does with
    each costs more than the database.
    """
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        insert = _unique(connection.dialect.paramstyle, into.name, columns, unique, len(part))
        found = connection.exec_driver_sql(insert, tuple(chain.from_iterable(part)))
        yield from cast("Iterable[Values]", found.cursor)


@lru_cache(maxsize=_AT_ONCE)
def _unique(style: str, into: str, columns: tuple[str, ...], unique: tuple[str, ...], rows: int) -> str:
    mark = "?" if style == "qmark" else "%s"
    row = f"({', '.join([mark] * len(columns))})"
    keys = ", ".join(unique)
    return (
        f"INSERT INTO {into} ({', '.join(columns)}) VALUES {', '.join([row] * rows)} "  # noqa: S608 - our own names
        f"ON CONFLICT ({keys}) DO NOTHING RETURNING {keys}"
    )


@cache
def _statement(dialect: str, into: Table, columns: tuple[str, ...], *, replace: bool) -> Executable:
    keys = [column.name for column in into.primary_key]
    statement = _INSERT[dialect](into)
    others = {name: statement.excluded[name] for name in columns if name not in keys}
    keep = not replace or not others
    insert: Executable = (
        statement.on_conflict_do_nothing(index_elements=keys)
        if keep
        else statement.on_conflict_do_update(index_elements=keys, set_=others)
    )
    return insert
