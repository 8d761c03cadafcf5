"""Creates the tables on first use, and refuses a database of another revision."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, func, inspect, select
from sqlmodel import SQLModel

from service.stores import tables
from service.stores._bank import Bank
from service.stores._catalogue import renew_catalogue
from service.stores._guard import guard
from service.stores._revisions import check_revision, revisions
from service.stores._upsert import insert_new, table
from shelf_rules.regime import Category

_CATEGORIES, _VERSIONS = table(tables.Categories), table(tables.Versions)
_STATED = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def stated_revision(connection: Connection) -> str | None:
    """The revision that the database says it has; None: it says nothing."""
    if not inspect(connection).has_table(_STATED.name):
        return None
    stated: str | None = connection.scalar(select(_STATED.c.version_num))
    return stated


def is_empty(connection: Connection) -> bool:
    """Whether there is nothing of this service in the database."""
    return not inspect(connection).has_table(_VERSIONS.name)


def is_prepared(connection: Connection, bank: Bank) -> bool:
    """Whether `prepare` has nothing to write and nothing to refuse."""
    return stated_revision(connection) == revisions()[-1] and not _lacking(connection, bank)


def prepare(connection: Connection, bank: Bank) -> None:
    """Tables, triggers and categories, as far as they lack. Raises Refused for a database of another revision."""
    fresh = is_empty(connection)
    if fresh:
        create_tables(connection)
    elif connection.dialect.name == "sqlite" and stated_revision(connection) in revisions()[:-1]:
        from service.stores._migrate import migrate  # noqa: PLC0415 - alembic is loaded only where it has work

        migrate(connection)  # SQLite is for development: nobody else runs an older release over the same file
    check_revision(stated_revision(connection))
    insert_new(connection, _VERSIONS, [{"one": 1}])
    if _add_categories(connection, bank) or fresh:
        renew_catalogue(connection, bank.now_us())


def create_tables(connection: Connection) -> None:
    """The tables of the newest revision, as all migrations leave them."""
    _STATED.metadata.create_all(connection)
    SQLModel.metadata.create_all(connection)
    for statement in guard(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(_STATED.delete())
    connection.execute(_STATED.insert().values(version_num=revisions()[-1]))


def _add_categories(connection: Connection, bank: Bank) -> bool:
    first = connection.scalar(select(func.coalesce(func.max(_CATEGORIES.c.category_no) + 1, 0))) or 0
    rows = [
        {"category_no": number, "code": category.code, "zone": category.zone}
        for number, category in enumerate(_lacking(connection, bank), first)
    ]
    insert_new(connection, _CATEGORIES, rows)
    return bool(rows)


def _lacking(connection: Connection, bank: Bank) -> list[Category]:
    known = set(connection.scalars(select(_CATEGORIES.c.code)))
    return [category for category in bank.regime.categories if category.code not in known]
