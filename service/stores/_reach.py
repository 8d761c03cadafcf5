"""Whether a store is out of reach, which mends itself, or refuses, which somebody has to mend."""

from __future__ import annotations

from pathlib import Path

from service.stores._limits import Limits
from service.stores._scheme import POSTGRES, SQLITE
from service.stores.protocols import StoreBusy


def is_missing(url: str) -> bool:
    """Whether there is no file where a database file should be: opening it would make an empty one."""
    return url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists()


def is_silent(url: str, error: Exception, limits: Limits) -> bool:
    """Whether a store that could not be opened did not answer; one that answered has refused, and goes on to.

    For the start of a process: asking a server that hangs holds the interpreter for `connect_s`.
    """
    if not url.startswith(POSTGRES):
        return isinstance(error, StoreBusy)
    from service.stores._postgres_link import is_server_silent  # noqa: PLC0415 - its driver is loaded only where it is used

    return is_server_silent(url, limits)
