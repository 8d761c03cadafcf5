"""What SQLite's driver raises, as what a store raises."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from service.stores.protocols import StoreBusy, StoreError


@contextmanager
def as_store_error() -> Iterator[None]:
    """StoreBusy where somebody else holds the file, else StoreError; the values of a row are in neither."""
    try:
        yield
    except DBAPIError as error:
        busy = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        raise (StoreBusy if busy else StoreError)(f"SQLite: {error.orig}") from error
