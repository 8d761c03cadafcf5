from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from service.breaker import FAILURES
from service.group_commit import GroupCommitter
from service.row_cache import RowCache
from service.store_calls import StoreCalls, StoreSilent
from service.stores._limits import Limits
from service.stores.protocols import CustomerRow, Store, StoreBusy, StoreError, Versions
from service.telemetry import Telemetry
from tests.contract.bank import make_event

ROW = CustomerRow(3, True, b"gate", b"state", None)


class FakeStore:
    """A store whose answers a test sets."""

    reads_inline = True

    def __init__(self) -> None:
        self.suspended: tuple[int, ...] = ()
        self.failure: Exception | None = None
        self.asked: list[str] = []
        self.hang: threading.Event | None = None

    def read(self, customer_id: str, *, personal: bool) -> tuple[Versions, CustomerRow | None]:
        self.asked.append(customer_id)
        self._answer()
        return Versions(1, 1, 1, 1, self.suspended), ROW

    def versions(self) -> Versions:
        raise StoreError("probes do not succeed here")

    def append(self, events: Any) -> Any:
        self._answer()
        return [cast(Any, event.event_id) for event in events]

    def _answer(self) -> None:
        if self.hang is not None:
            self.hang.wait(20)
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


def run(store: FakeStore, work: Callable[[StoreCalls], Any], write_s: float = 20.0) -> None:
    """Let `work` call the store from an event loop."""

    async def main() -> None:
        telemetry, typed = Telemetry(), cast(Store, store)
        rows = RowCache(telemetry, lambda: 0, rows_max=10, bytes_max=1 << 20, limit_s=900)
        committer = GroupCommitter(typed)
        calls = StoreCalls(typed, committer, rows, telemetry, Limits(read_ms=100, write_ms=int(1000 * write_s)))
        await work(calls)
        calls.close()
        committer.close()

    asyncio.run(main())


def test_after_five_failures_the_store_is_not_asked_any_more(store: FakeStore) -> None:
    async def work(calls: StoreCalls) -> None:
        store.failure = StoreError("gone")
        for _ in range(FAILURES):
            with pytest.raises(StoreError, match="gone"):
                await calls.read("a", personal=True)
        with pytest.raises(StoreSilent):
            await calls.read("a", personal=True)
        assert len(store.asked) == FAILURES
        assert calls.degraded == ["state"]

    run(store, work)


def test_the_look_at_the_versions_is_counted_apart_from_requests(store: FakeStore) -> None:
    async def work(calls: StoreCalls) -> None:
        for _ in range(FAILURES):
            with pytest.raises(StoreError):
                await calls.versions()
        with pytest.raises(StoreSilent):
            await calls.versions()
        count = calls._telemetry.registry.get_sample_value
        assert count("huojia_store_refused_total", {"call": "follow"}) == 1
        assert count("huojia_store_refused_total", {"call": "read"}) is None

    run(store, work)


def test_a_busy_store_does_answer(store: FakeStore) -> None:
    async def work(calls: StoreCalls) -> None:
        store.failure = StoreBusy("an import")
        for _ in range(3 * FAILURES):
            with pytest.raises(StoreBusy):
                await calls.append([make_event("e")])
        assert calls.degraded == []

    run(store, work)


def test_a_read_keeps_a_copy_and_an_acknowledged_event_makes_it_anew(store: FakeStore) -> None:
    async def work(calls: StoreCalls) -> None:
        await calls.read("c0", personal=True)
        await calls.read("c9", personal=True)
        await calls.append([make_event("e", customer_id="c0")])
        assert calls.rows.copy("c0", personal=True) is None
        await asyncio.sleep(0.05)
        assert calls.rows.copy("c0", personal=True) is not None
        assert store.asked == ["c0", "c9", "c0"]

    run(store, work)


def test_a_write_ends_the_copy_even_where_it_fails(store: FakeStore) -> None:
    async def work(calls: StoreCalls) -> None:
        await calls.read("a", personal=True)
        store.failure = StoreError("full")

        def write() -> None:
            raise StoreError("full")

        with pytest.raises(StoreError, match="full"):
            await calls.change(["a"], write)
        await asyncio.sleep(0.05)
        assert calls.rows.copy("a", personal=True) is None

    run(store, work)


def test_of_reads_that_overlap_none_takes_a_suspension_back(store: FakeStore) -> None:
    async def work(calls: StoreCalls) -> None:
        before_s = calls.rows.monotonic()
        store.suspended = (7,)
        await calls.read("a", personal=True)
        calls._hear((), before_s)  # it began earlier and saw the time before the suspension
        assert calls.suspended == {7}
        await asyncio.sleep(0.001)
        store.suspended = ()
        await calls.read("a", personal=True)
        assert calls.suspended == frozenset()

    run(store, work)


def test_events_given_up_while_they_waited_are_not_written_later(store: FakeStore) -> None:
    written: list[str] = []
    append = store.append

    def remember(events: Any) -> Any:
        results = append(events)
        written.extend(event.event_id for event in events)
        return results

    store.append = remember  # type: ignore[method-assign]

    async def work(calls: StoreCalls) -> None:
        store.hang = threading.Event()
        first = asyncio.create_task(calls.append([make_event("first")]))
        await asyncio.sleep(0.02)  # the writer has taken it
        second = asyncio.create_task(calls.append([make_event("second")]))
        for one in (first, second):
            with pytest.raises(StoreSilent):
                await one
        store.hang.set()
        assert len(await calls.append([make_event("third")])) == 1
        assert written == ["first", "third"]

    run(store, work, write_s=0.3)
