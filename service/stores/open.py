"""Chooses the store by the scheme of a URL."""

from __future__ import annotations

from pathlib import Path

from service.errors import SettingsError
from service.stores._bank import Bank
from service.stores._limits import Limits
from service.stores.protocols import Store
from service.stores.sqlite import Sqlite

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgresql+psycopg://")


def open_store(url: str, bank: Bank, limits: Limits | None = None) -> Store:
    """The store behind a URL, its tables created on first use.

    `sqlite:///relative/path`, `sqlite:////absolute/path` and `postgresql://user@host/database` are served; `limits` say
    how long anything may wait. Raises SettingsError for anything else and Refused for a database of another schema.
    """
    check_scheme(url)
    if url.startswith(_POSTGRES):
        from service.stores.postgres import Postgres  # noqa: PLC0415 - its driver is loaded only where it is used

        return Postgres(url, bank, limits)
    return Sqlite(Path(url.removeprefix(_SQLITE)), bank, (limits or Limits()).busy_ms)


def check_scheme(url: str) -> None:
    """Raises SettingsError for a URL of anything but the two engines; what else is in it may be secret."""
    if url.startswith(_POSTGRES) or (url.startswith(_SQLITE) and url != _SQLITE):
        return
    scheme = url.partition(":")[0]
    served = f"{_SQLITE}<path of a file> or {_POSTGRES[0]}<user>@<host>/<database>"
    raise SettingsError(f"HUOJIA_DATABASE_URL: {scheme!r} is not served, give {served}")
