"""Chooses the store by the scheme of a URL."""

from __future__ import annotations

from pathlib import Path

from service.stores._bank import Bank
from service.stores._limits import Limits
from service.stores._scheme import POSTGRES, SQLITE, check_scheme
from service.stores.protocols import Store
from service.stores.sqlite import Sqlite


def open_store(url: str, bank: Bank, limits: Limits | None = None) -> Store:
    """The store behind a URL, its tables created on first use.

    `sqlite:///relative/path`, `sqlite:////absolute/path` and `postgresql://user@host/database` are served; `limits` say
    how long anything may wait. Raises SettingsError for anything else and Refused for a database of another schema.
    """
    check_scheme(url)
    if url.startswith(POSTGRES):
        from service.stores.postgres import Postgres  # noqa: PLC0415 - its driver is loaded only where it is used

        return Postgres(url, bank, limits)
    return Sqlite(Path(url.removeprefix(SQLITE)), bank, (limits or Limits()).busy_ms)
