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
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise (StoreBusy if is_busy(cause) else StoreError)(f"SQLite: {cause}") from error


def is_busy(error: BaseException | None) -> bool:
    """Whether somebody else holds the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
