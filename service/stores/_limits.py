"""How long a server may let this process wait, and how many connections the process keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in milliseconds, except `connect_s` and `keepalive_s` (seconds); see `service.settings` for each."""

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
