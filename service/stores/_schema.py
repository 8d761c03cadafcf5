"""Creates the tables on first use, refuses a database of another schema, and keeps immutable tables immutable."""

from __future__ import annotations

from sqlalchemy import Connection, func, inspect, select
from sqlmodel import SQLModel

from service.errors import Refused
from service.stores import tables
from service.stores._bank import Bank
from service.stores._catalogue import renew_catalogue
from service.stores._upsert import insert_new, table
from shelf_rules.regime import Category

_FOR_EVER = {"policies": "policy versions are immutable", "activations": "activations are append-only"}
_CATEGORIES, _META, _VERSIONS = table(tables.Categories), table(tables.Meta), table(tables.Versions)


def is_prepared(connection: Connection, bank: Bank) -> bool:
    """Whether `prepare` has nothing to write and nothing to refuse."""
    if not inspect(connection).has_table("meta"):
        return False
    stated = connection.scalar(select(_META.c.value).where(_META.c.key == "schema"))
    return stated == str(tables.SCHEMA_NO) and not _lacking(connection, bank) and not _missing(connection)


def prepare(connection: Connection, bank: Bank) -> None:
    """Tables, triggers and categories, as far as they lack. Raises Refused for a database of another schema."""
    if not inspect(connection).has_table("meta"):
        SQLModel.metadata.create_all(connection)
        _guard(connection)
    stated = connection.scalar(select(_META.c.value).where(_META.c.key == "schema"))
    if stated not in {None, str(tables.SCHEMA_NO)}:
        raise Refused(f"the database has schema {stated}, this release needs {tables.SCHEMA_NO}")
    if _missing(connection):  # a release of the same schema may have added some
        SQLModel.metadata.create_all(connection)
    if stated is None:
        insert_new(connection, _META, [{"key": "schema", "value": str(tables.SCHEMA_NO)}])
        insert_new(connection, _VERSIONS, [{"one": 1}])
    if _add_categories(connection, bank) or stated is None:
        renew_catalogue(connection, bank.now_us())


def _add_categories(connection: Connection, bank: Bank) -> bool:
    first = connection.scalar(select(func.coalesce(func.max(_CATEGORIES.c.category_no) + 1, 0))) or 0
    rows = [
        {"category_no": number, "code": category.code, "zone": category.zone}
        for number, category in enumerate(_lacking(connection, bank), first)
    ]
    insert_new(connection, _CATEGORIES, rows)
    return bool(rows)


def _missing(connection: Connection) -> set[str]:
    return SQLModel.metadata.tables.keys() - set(inspect(connection).get_table_names())


def _lacking(connection: Connection, bank: Bank) -> list[Category]:
    known = set(connection.scalars(select(_CATEGORIES.c.code)))
    return [category for category in bank.regime.categories if category.code not in known]


def _guard(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for name, why in _FOR_EVER.items():
            for change in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name}_{change.lower()} BEFORE {change} ON {name} "
                    f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
                )
