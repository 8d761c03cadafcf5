"""Every call of the store that an event loop waits for: its deadline, its breaker, and the copies a write outdates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from service.breaker import Breaker
from service.group_commit import GroupCommitter
from service.row_cache import RowCache
from service.stores._errors import STORE_ERRORS
from service.stores._limits import Limits
from service.stores.protocols import Appended, CustomerRow, EventRecord, Store, StoreBusy, StoreError, Versions
from service.telemetry import Telemetry
from service.threads import Threads
from service.world_keeper import WorldKeeper

T = TypeVar("T")
P = ParamSpec("P")

LONG = 10  # times the deadline of a write, for calls that build or recompute something
_REFRESH_MAX = 10_000
_AT_ONCE = 8  # reads of an embedded store between two looks at who else waits


class StoreSilent(StoreError):
    """The store did not answer in time, or is known not to answer."""


class StoreCalls:
    """What handlers ask of the store; nothing here blocks the loop for longer than an embedded store's read.

    Raises StoreSilent at the deadline and while the breaker is open, else what the store raises. Reads and writes have
    a breaker each: an import that holds the tables stops writes alone.
    """

    def __init__(
        self, store: Store, committer: GroupCommitter, rows: RowCache, telemetry: Telemetry, limits: Limits
    ) -> None:
        self.rows, self.suspended = rows, frozenset[int]()
        self._store, self._committer, self._telemetry = store, committer, telemetry
        self._read_s, self._write_s = limits.read_ms / 1000, limits.write_ms / 1000
        self._reading = Breaker("store_read", partial(_listen, store), telemetry)
        self._writing = Breaker("store_write", partial(_touch, store), telemetry)
        # As many threads as a networked store keeps connections for each.
        self._readers = Threads("store-read", limits.readers)
        self._lookers = Threads("store-look", limits.connections)
        self._writers = Threads("store-write", limits.connections)
        self._heard_s = 0.0
        self._outdated: dict[str, bool] = {}
        self._refreshing: asyncio.Task[None] | None = None

    async def read(
        self, customer_id: str, *, personal: bool, hurried: bool = True
    ) -> tuple[Versions, CustomerRow | None]:
        """The keyed read of a shelf; a copy is kept."""
        began_s = self.rows.monotonic()
        found = await self.ask(partial(self._store.read, customer_id, personal=personal), hurried=hurried)
        self.rows.keep(customer_id, found[1], began_s)
        self._hear(found[0].suspended, began_s)
        return found

    async def versions(self) -> Versions:
        """What is in force, asked for by nobody's request: what it misses is counted apart, as `follow`."""
        return await self.ask(self._store.versions, hurried=False, kind="follow")

    async def ask(self, call: Callable[[], T], *, hurried: bool = True, kind: str = "read") -> T:
        """A read of microseconds: here where the store is embedded, else on a thread.

        A hurried one stands on the path of a shelf and has its deadline, another one that of all other calls. `kind`
        is the label under which it is counted where it fails.
        """
        breaker = self._reading
        if breaker.is_open:
            raise self._silent(kind)
        try:
            if self._store.reads_inline:
                found = call()
            else:
                deadline_s = self._read_s if hurried else self._write_s
                found = await self._readers.run(call, deadline_s)
        except STORE_ERRORS as error:
            raise self._failed(breaker, kind, error) from error
        breaker.succeeded()
        return found

    async def look(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Any other read."""
        return await self._work(self._reading, self._write_s, partial(call, *args, **kwargs))

    async def long(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A read that builds or recomputes something."""
        return await self._work(self._reading, LONG * self._write_s, partial(call, *args, **kwargs))

    async def change(self, customer_ids: Iterable[str], call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A write; the customers' copies are gone whether it is done, refused or unknown, so that no shelf is looser.

        One that runs out of time is not committed later.
        """
        ids = list(customer_ids)
        dropped = self.rows.drop(ids)
        try:
            return await self._work(self._writing, self._write_s, partial(call, *args, **kwargs))
        finally:
            self._read_again(dropped | self.rows.drop(ids))

    async def follow(self, worlds: WorldKeeper) -> None:
        """Put in force what this process has just stored, before its answer goes out."""
        await self.long(lambda: worlds.follow(self._store.versions()))

    async def follow_policy(self, worlds: WorldKeeper) -> None:
        """The same for a policy, which waits for nothing else that is being built.

        It is stored whatever the store answers now: where it does not, the next look at the versions follows it.
        """
        with suppress(*STORE_ERRORS):
            await self.long(lambda: worlds.follow_policy(self._store.versions()))

    async def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        """Events with whatever else waits to be written; on return they are on disk."""
        if self._writing.is_open:
            raise self._silent("write")
        try:
            results = await asyncio.wait_for(self._committer.append(events), self._write_s)
        except STORE_ERRORS as error:
            raise self._failed(self._writing, "write", error) from error
        self._writing.succeeded()
        self._read_again(self.rows.drop({event.customer_id for event in events}))
        return results

    @property
    def degraded(self) -> list[str]:
        """What does not answer now: `state` for reads, `writes`."""
        return ["state"] * self._reading.is_open + ["writes"] * self._writing.is_open

    def close(self) -> None:
        """Stop probing; threads that hang end with the process."""
        self._reading.close()
        self._writing.close()

    async def _work(self, breaker: Breaker, deadline_s: float, call: Callable[[], T]) -> T:
        kind, threads = ("write", self._writers) if breaker is self._writing else ("read", self._lookers)
        if breaker.is_open:
            raise self._silent(kind)
        try:
            result = await threads.run(call, deadline_s)
        except STORE_ERRORS as error:
            raise self._failed(breaker, kind, error) from error
        breaker.succeeded()
        return result

    def _silent(self, kind: str) -> StoreSilent:
        self._telemetry.refused.labels(kind).inc()
        return StoreSilent("the store does not answer")

    def _failed(self, breaker: Breaker, kind: str, error: Exception) -> Exception:
        """Count a failure, and what to raise of it; a store that is busy does answer."""
        if isinstance(error, StoreBusy):
            return error
        breaker.failed()
        if not isinstance(error, TimeoutError):
            return error
        self._telemetry.missed.labels(kind).inc()
        return StoreSilent("the store did not answer in time")

    def _hear(self, suspended: tuple[int, ...], began_s: float) -> None:
        """Remember what is suspended; of reads that overlapped none may take a suspension back."""
        if suspended or self.suspended:
            heard = frozenset(suspended)
            self.suspended = heard if began_s > self._heard_s else self.suspended | heard
        self._heard_s = self.rows.monotonic()

    def _read_again(self, dropped: dict[str, bool]) -> None:
        """Copies that a write outdated are made anew in the background: an outage may begin any moment."""
        if not dropped or self._reading.is_open:
            return
        if len(self._outdated) < _REFRESH_MAX:
            self._outdated |= dropped
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())

    async def _refresh(self) -> None:
        while self._outdated and not self._reading.is_open:
            customer_id, personal = self._outdated.popitem()
            with suppress(*STORE_ERRORS):
                await self.read(customer_id, personal=personal, hurried=False)
            if len(self._outdated) % _AT_ONCE == 0:
                # An embedded store is read right here: a long list must not hold up everybody.
                await asyncio.sleep(0)
        self._outdated.clear()


def _listen(store: Store) -> None:
    """The smallest read."""
    store.versions()


def _touch(store: Store) -> None:
    """The smallest write transaction; somebody who holds the tables for long is an answer, too."""
    with suppress(StoreBusy), store.begin():
        pass
