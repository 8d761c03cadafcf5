"""Insert or replace by primary key, in the words of the database at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

Row = Mapping[str, Any]
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


def insert_unique(connection: Connection, into: Table, unique: tuple[Column[Any], ...]) -> Executable:
    """An insert that passes over rows whose `unique` columns are there, and returns those columns of the others."""
    return _unique(connection.dialect.name, into, unique)


@cache
def _unique(dialect: str, into: Table, unique: tuple[Column[Any], ...]) -> Executable:
    names = [column.name for column in unique]
    statement: Executable = _INSERT[dialect](into).on_conflict_do_nothing(index_elements=names).returning(*unique)
    return statement


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
