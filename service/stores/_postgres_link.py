"""Connections to PostgreSQL that never wait for longer than they may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.stores._limits import Limits
from service.stores.protocols import StoreBusy, StoreError

_LATER = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.TooManyConnections,
)
_MARGIN_S = 0.1


class Hung(psycopg.OperationalError):
    """The server neither answered nor cancelled in time; the connection is closed."""


class Link(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose every wait for the server ends after `patience_ms` and a margin for the server's own limit."""

    patience_ms = 0

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401 - of the base class
        longest_s = self.patience_ms / 1000 + _MARGIN_S
        try:
            return super().wait(gen, interval=interval, timeout=timeout or longest_s)
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise Hung(f"no answer within {longest_s:g} s") from None


def open_link(url: str, limits: Limits, patience_ms: int, *, jobs: bool = False) -> Link:
    """A connection whose statements the server cancels after `patience_ms`.

    For `jobs` every transaction reads one state of all tables, and nothing is written.
    """
    options = {
        "statement_timeout": patience_ms,
        "lock_timeout": limits.lock_ms,
        "idle_in_transaction_session_timeout": limits.idle_ms,
        "synchronous_commit": "on",
        "client_min_messages": "warning",
        "timezone": "UTC",
    }
    link = Link.connect(
        _plain(url),
        options=" ".join(f"-c {name}={value}" for name, value in options.items()),
        connect_timeout=limits.connect_s,
        keepalives_idle=limits.keepalive_s,
        keepalives_interval=limits.keepalive_s,
        keepalives_count=3,
        tcp_user_timeout=limits.unheard_ms,
        fallback_application_name="huojia",
    )
    link.patience_ms = patience_ms
    if jobs:
        link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        link.read_only = True
    return link


def is_server_silent(url: str, limits: Limits) -> bool:
    """Whether no server answers, or one that is just starting or stopping; one that turns us away does answer."""
    told = pq.PGconn.ping(make_conninfo(_plain(url), connect_timeout=limits.connect_s).encode())
    return told in {pq.Ping.REJECT, pq.Ping.NO_RESPONSE}


@contextmanager
def as_store_error() -> Iterator[None]:
    """What the driver and the pool raise, as what a store raises; never with the values of a row."""
    try:
        yield
    except PoolTimeout:
        raise StoreBusy("PostgreSQL: every connection of this process is in use") from None
    except DBAPIError as error:
        raise store_error(error.orig) from None
    except psycopg.Error as error:
        raise store_error(error) from None


def _plain(url: str) -> str:
    """The URL as the driver knows it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def store_error(error: BaseException | None) -> StoreError:
    """The error without what PostgreSQL adds to it: details quote the row that it refused."""
    told = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    kind = StoreBusy if isinstance(error, _LATER) else StoreError
    return kind(f"PostgreSQL: {told or str(error).strip().partition(chr(10))[0]}")
