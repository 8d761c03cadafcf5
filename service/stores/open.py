"""Chooses the store by the scheme of a URL."""

from __future__ import annotations

from pathlib import Path

from service.errors import SettingsError
from service.stores._bank import Bank
from service.stores.protocols import Store
from service.stores.sqlite import Sqlite

_SQLITE = "sqlite:///"


def open_store(url: str, bank: Bank) -> Store:
    """The store behind a URL, its tables created on first use.

    `sqlite:///relative/path` and `sqlite:////absolute/path` are served. Raises SettingsError for anything else and
    Refused for a database of another schema.
    """
    if not url.startswith(_SQLITE) or not url.removeprefix(_SQLITE):
        scheme = url.partition(":")[0]
        raise SettingsError(f"HUOJIA_DATABASE_URL: {scheme!r} is not served, give {_SQLITE}<path of a file>")
    return Sqlite(Path(url.removeprefix(_SQLITE)), bank)
