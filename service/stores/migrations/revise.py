"""Brings the revisions up to the tables of this release: the tool behind `make migration`."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable
from sqlmodel import SQLModel

from service.stores._guard import DROP_GUARD, guard
from service.stores._migrate import configuration, migrate
from service.stores._revisions import FOLDER, revisions
from service.stores.migrations.comparison import COMPARISON

_DIALECTS = {"postgresql": postgresql.dialect, "sqlite": sqlite.dialect}


def write_initial(folder: Path = FOLDER / "versions") -> None:
    """Write the SQL of the first revision from the tables as they are now, for as long as none was released."""
    for name, make in _DIALECTS.items():
        dialect: Dialect = make()
        (folder / f"r0001_create.{name}.sql").write_text(_file(_created(dialect)), encoding="utf-8")
        (folder / f"r0001_drop.{name}.sql").write_text(_file(_dropped(dialect)), encoding="utf-8")


def write_next(message: str) -> None:
    """Write a revision with what the tables have and the newest revision lacks; to be read before it is kept."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection)
        config = configuration()
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True, rev_id=f"{len(revisions()) + 1:04}")


def _created(dialect: Dialect) -> list[str]:
    found = []
    for table in COMPARISON["target_metadata"].sorted_tables:
        found.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        found += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    return found + guard(dialect.name)


def _dropped(dialect: Dialect) -> list[str]:
    tables = reversed(SQLModel.metadata.sorted_tables)
    return [str(DropTable(table).compile(dialect=dialect)) for table in tables] + list(DROP_GUARD[dialect.name])


def _file(statements: list[str]) -> str:
    lines = ("\n".join(line.rstrip() for line in statement.strip().splitlines()) for statement in statements)
    return "".join(f"{statement};\n\n" for statement in lines)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_next(" ".join(sys.argv[1:]))
    else:
        write_initial()
