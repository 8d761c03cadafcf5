"""A store that did not answer when the process started, and is opened as soon as it does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from service.errors import HuojiaError
from service.last_good import ANSWERS, Source
from service.store_calls import StoreSilent
from service.stores._errors import STORE_ERRORS
from service.stores._jobs import NamedLock
from service.stores.protocols import Store

log = logging.getLogger(__name__)

EVERY_S = 0.5


class LateStore:
    """Until the store is opened its calls raise StoreSilent, but for those that the last good world is built from.

    `opening` is tried on a thread of its own. A store that answers and is refused, one of another revision perhaps, is
    logged and tried again like one that does not answer: what is served meanwhile is no worse for it.
    """

    def __init__(self, opening: Callable[[], Store], source: Source, every_s: float = EVERY_S) -> None:
        self._opening, self._source, self._every_s = opening, source, every_s
        self._store: Store | None = None
        self._changing, self._stop = threading.Lock(), threading.Event()
        threading.Thread(target=self._open, name="late-store", daemon=True).start()

    @property
    def reads_inline(self) -> bool:
        """As the store's own; nobody need wait on a thread for a store that refuses."""
        return self._store is None or self._store.reads_inline

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A call of the store, which asks for it when it is made."""
        if not hasattr(Store, name):
            raise AttributeError(name)

        def call(*args: object, **given: object) -> object:
            return self._call(name)(*args, **given)

        return call

    def lock(self, name: str) -> NamedLock:
        """A lock that is asked for when it is taken."""
        return _LateLock(lambda: self._call("lock")(name))

    def close(self) -> None:
        """Open it no more, and close it where it was."""
        with self._changing:
            self._stop.set()
            if self._store is not None:
                self._store.close()

    def _call(self, name: str) -> Callable[..., Any]:
        store = self._store
        if store is None and name not in ANSWERS:
            raise StoreSilent("the store does not answer")
        found: Callable[..., Any] = getattr(self._source if store is None else store, name)
        return found

    def _open(self) -> None:
        told = ""
        while not self._stop.wait(self._every_s):
            try:
                store = self._opening()
            except (HuojiaError, *STORE_ERRORS) as error:
                level = logging.ERROR if isinstance(error, HuojiaError) else logging.INFO
                if str(error) != told:
                    log.log(level, "the store is not opened yet: %s", error)
                told = str(error)
                continue
            with self._changing:
                if self._stop.is_set():
                    store.close()
                else:
                    self._store = store
                    log.warning("the store answers and is open")
            return


class _LateLock:
    def __init__(self, asked: Callable[[], NamedLock]) -> None:
        self._asked = asked
        self._lock: NamedLock | None = None

    def take(self) -> bool:
        return self._own().take()

    def holder(self) -> str | None:
        return self._own().holder()

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _own(self) -> NamedLock:
        if self._lock is None:
            self._lock = self._asked()
        return self._lock
