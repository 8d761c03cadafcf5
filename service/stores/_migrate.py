"""Runs revisions over a connection, or writes them as SQL."""

from __future__ import annotations

import io

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from service.errors import Refused
from service.stores._revisions import FOLDER, check_revision, revisions
from service.stores._schema import is_empty, stated_revision

BASE = "base"
"""Before the first revision: without any table."""


def migrate(connection: Connection, to: str = "") -> tuple[str, str]:
    """Bring the database to a revision, by default the newest, inside the caller's transaction; the old and the new."""
    before = stated(connection)
    wanted = _wanted(before, to)
    config = configuration()
    config.attributes["connection"] = connection
    if _is_back(before, wanted):
        command.downgrade(config, wanted)
    else:
        command.upgrade(config, wanted)
    return before, wanted


def as_sql(dialect: str, before: str, to: str = "") -> str:
    """The statements that bring a database from one revision to another, a remark where there are none."""
    wanted = _wanted(before, to)
    if wanted == before:
        return f"-- nothing to run: the database has revision {before}"
    config = configuration()
    config.output_buffer = written = io.StringIO()
    config.set_main_option("sqlalchemy.url", f"{dialect}://")
    (command.downgrade if _is_back(before, wanted) else command.upgrade)(config, f"{before}:{wanted}", sql=True)
    return written.getvalue()


def _wanted(before: str, to: str) -> str:
    """The revision to go to; raises Refused where either is none of this release."""
    wanted = to or revisions()[-1]
    if wanted not in {BASE, *revisions()}:
        raise Refused(f"--to {wanted}: no such revision; there are {BASE}, {', '.join(revisions())}")
    if before not in {BASE, *revisions()}:
        raise Refused(f"the database has revision {before}, which is newer than this release: use the newer one")
    return wanted


def _is_back(before: str, wanted: str) -> bool:
    return wanted == BASE or (before != BASE and wanted < before)


def configuration() -> Config:
    """What alembic has to know of the revisions' folder."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    return config


def stated(connection: Connection) -> str:
    """The database's revision. Raises Refused for tables that have none."""
    found = stated_revision(connection)
    if found is None and not is_empty(connection):
        check_revision(None)
    return found or BASE
