"""The database's revision: show it, bring it to another one, or write the SQL for somebody else to run."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from service.commands.output import say, say_json
from service.errors import Refused
from service.settings import Settings, load_settings
from service.stores import _migrate, _sqlite_errors
from service.stores._migrate import BASE, as_sql, stated
from service.stores._revisions import check_revision, revisions
from service.stores._scheme import check_scheme
from service.stores.protocols import StoreBusy

TRIES, PAUSE_S = 10, 0.5


def migrate(
    *,
    to: Annotated[str, typer.Option(help="A revision; default: the newest of this release.")] = "",
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL, run nothing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the database has the newest one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a sentence.")] = False,
) -> None:
    """Bring the database's tables to the revision of this release (or to another one)."""
    if sql and check:
        raise typer.BadParameter("--sql and --check exclude each other")
    if to and check:
        raise typer.BadParameter("--to and --check exclude each other")
    settings = load_settings()
    if sql:
        show_sql(settings, to)
    elif check:
        check_database(settings, as_json=as_json)
    else:
        migrate_database(settings, to, as_json=as_json)


def migrate_database(settings: Settings, to: str, *, as_json: bool) -> None:
    """Bring the database to a revision, by default the newest; a lock that cannot be had is tried for again."""
    for attempt in range(TRIES):
        try:
            with _connected(settings) as connection:
                before, after = _migrate.migrate(connection, to)
            break
        except StoreBusy:
            if attempt == TRIES - 1:
                raise
            time.sleep(PAUSE_S)
    if as_json:
        say_json({"before": before, "after": after})
    else:
        say(f"revision {after}" if before == after else f"revision {before} -> {after}")


def show_sql(settings: Settings, to: str) -> None:
    """Print the statements of `migrate`, which runs none of them."""
    with _connected(settings) as connection:
        before, dialect = stated(connection), connection.dialect.name
    say(as_sql(dialect, before, to))


def check_database(settings: Settings, *, as_json: bool) -> None:
    """Print the database's revision; raises Refused where this release needs another one."""
    with _connected(settings) as connection:
        found = stated(connection)
    if as_json:
        say_json({"revision": found, "newest": revisions()[-1]})
    if found == BASE:
        raise Refused("the database has no tables yet: `huojia migrate` makes them, and so does the first start")
    check_revision(found)
    if not as_json:
        say(f"revision {found}: the newest of this release")


@contextmanager
def _connected(settings: Settings) -> Iterator[Connection]:
    check_scheme(settings.url)
    if not settings.url.startswith("sqlite"):
        from service.stores._postgres_link import as_store_error, open_link  # noqa: PLC0415 - its driver, where used

        limits = settings.limits
        creator = lambda: open_link(settings.url, limits, limits.job_ms)  # noqa: E731 - one use, beside it
        engine = create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool, hide_parameters=True)
        with as_store_error(), engine.begin() as connection:
            yield connection
        return
    path = Path(settings.url.removeprefix("sqlite:///"))
    if not path.exists():
        raise Refused(f"{path}: no such database; the first start makes one")
    with _sqlite_errors.as_store_error(), _sqlite(path).begin() as connection:
        yield connection


def _sqlite(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, isolation_level=None),
        poolclass=NullPool,
        hide_parameters=True,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
