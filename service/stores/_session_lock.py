"""A lock of a PostgreSQL session: the server takes it from a process whose connection ends."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from service.stores._limits import Limits
from service.stores._locks import BANK
from service.stores._postgres_link import Link, open_link, store_error

_HOLDER = """
SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database() AND l.database = a.datid
  AND l.classid::bigint = %(high)s AND l.objid::bigint = %(low)s AND l.objsubid = 1
"""
_NAME = "huojia "


class SessionLock:
    """Held by one session at a time, on a connection of its own that it keeps from the first time it is asked for."""

    def __init__(self, url: str, limits: Limits, number: int, who: str) -> None:
        self._url, self._limits, self._who = url, limits, who
        self._key = BANK + number
        self._link: Link | None = None
        self._holds = False

    def take(self) -> bool:
        """Whether this holds it now; one whose connection broke is lost."""
        if self._holds and self._link is not None and not self._link.closed:
            return self._ask("SELECT true") == (True,)
        self._holds = self._ask("SELECT pg_try_advisory_lock(%(key)s)", key=self._key) == (True,)
        return self._holds

    def holder(self) -> str | None:
        """Who holds it, as they have called their connection."""
        found = self._ask(_HOLDER, high=self._key >> 32, low=self._key & 0xFFFFFFFF)
        return None if found is None else str(found[0]).removeprefix(_NAME)

    def close(self) -> None:
        """Give it up."""
        link, holds = self._link, self._holds
        self._link, self._holds = None, False
        if link is not None:
            if holds and not link.closed:
                with suppress(psycopg.Error):  # the server sees only later that the connection has ended
                    link.execute("SELECT pg_advisory_unlock(%(key)s)", {"key": self._key})
            link.close()

    def _ask(self, statement: str, **parameters: object) -> tuple[Any, ...] | None:
        """The first row; raises StoreError, and holds nothing any more, where the server does not answer."""
        try:
            if self._link is None or self._link.closed:
                self._link = self._open()
            return self._link.execute(statement, parameters).fetchone()
        except psycopg.Error as error:
            self.close()
            raise store_error(error) from None

    def _open(self) -> Link:
        """A connection whose end the server notices too when the host of this process is lost."""
        link = open_link(self._url, self._limits, self._limits.write_ms)
        link.autocommit = True
        silence_s = self._limits.keepalive_s
        for name, value in (
            ("application_name", _NAME + self._who),
            ("tcp_keepalives_idle", silence_s),
            ("tcp_keepalives_interval", silence_s),
            ("tcp_keepalives_count", 3),
        ):
            link.execute(sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        return link
