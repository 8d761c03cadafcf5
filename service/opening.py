"""Opens the store of a process; the service starts without it where it has a last good world on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from service.calendar import BankCalendar
from service.clock import Clock
from service.errors import Refused
from service.last_good import LastGood, Source, has_gone_back
from service.late_store import LateStore
from service.rules import RulesShelf
from service.settings import Settings
from service.store_calls import StoreSilent
from service.stores._bank import Bank
from service.stores._errors import STORE_ERRORS
from service.stores._reach import is_missing, is_silent
from service.stores.open import open_store
from service.stores.protocols import Store

Opening = Callable[[], Store]


def opening_of(settings: Settings, rules: RulesShelf, clock: Clock, *, patient: bool) -> Opening:
    """What opens the settings' store, their data folder made if need be; a command waits patiently."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    bank = Bank(rules.regime, BankCalendar(settings.timezone), clock.now_us)
    limits = settings.limits.patient if patient else settings.limits
    return lambda: open_store(settings.url, bank, limits)


def open_now(opening: Opening) -> Store:
    """The store; raises Refused where it cannot be opened."""
    try:
        return opening()
    except STORE_ERRORS as error:
        raise Refused(_cannot(error)) from None


def open_or_late(settings: Settings, opening: Opening, last_good: LastGood) -> Store:
    """The store, or where it does not answer and a last good world is on disk, one that opens later.

    Raises Refused for a store that answers and cannot be served, and where there is no such world or it was altered.
    """
    if is_missing(settings.url):
        source = last_good.start()
        return open_now(opening) if source is None else _late(settings, opening, source)
    try:
        return opening()
    except STORE_ERRORS as error:
        if not is_silent(settings.url, error, settings.limits):
            return open_now(opening)  # it may have come up in between
        try:
            source = last_good.start()
        except Refused as reason:
            raise Refused(f"{_cannot(error)}; the last good world cannot be used: {reason}") from None
        if source is None:
            raise Refused(_cannot(error)) from None
    return _late(settings, opening, source)


def _late(settings: Settings, opening: Opening, source: Source) -> Store:
    return cast("Store", LateStore(lambda: _open_again(settings, opening, source), source))


def _open_again(settings: Settings, opening: Opening, source: Source) -> Store:
    """The store, unless it would take the world in force back."""
    if is_missing(settings.url):
        raise StoreSilent("the database file is missing")
    store = opening()
    try:
        if has_gone_back(store.versions(), source.versions):
            raise Refused("the database is behind the last good world: start the service anew to serve what it has")
    except BaseException:
        store.close()
        raise
    return store


def _cannot(error: Exception) -> str:
    return f"the database cannot be opened as one of this release: {error}"
