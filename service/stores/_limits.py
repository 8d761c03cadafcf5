"""How long a database may let this process wait, and how many connections the process keeps to a server."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in milliseconds, except `connect_s` and `keepalive_s` (seconds); see `service.settings` for each.

    `busy_ms` is for SQLite, the longest wait for another process that writes; all others but `read_ms` and `write_ms`
    are for PostgreSQL.
    """

    readers: int = 4
    connections: int = 4
    pool_wait_ms: int = 250
    connect_s: int = 2
    read_ms: int = 150
    write_ms: int = 3_000
    job_ms: int = 600_000
    lock_ms: int = 900
    idle_ms: int = 60_000
    keepalive_s: int = 10
    unheard_ms: int = 5_000
    busy_ms: int = 2_000

    @property
    def patient(self) -> Limits:
        """Those of a command, which nobody waits for who would be answered 503."""
        return replace(self, busy_ms=30_000)
