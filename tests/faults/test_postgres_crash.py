"""PostgreSQL is stopped at once while events are written: what was acknowledged is there afterwards, each once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from service.stores._limits import Limits
from service.stores.open import open_store
from service.stores.protocols import EventRecord, Store, StoreBusy, StoreError
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US
from tests.services import PostgresServer

LIMITS = Limits(connections=2, readers=1, write_ms=2_000)
CRASHES, WRITERS, BATCH = 2, 3, 5


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    running = PostgresServer(durable=True)
    yield running
    running.close()


class Writer:
    """Appends batch after batch until the store fails; knows what was acknowledged."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name, self._number = store, name, 0
        self.acknowledged: list[str] = []
        self.unanswered: list[EventRecord] = []
        self.warm = threading.Event()

    def run(self) -> None:
        """Until the store fails; the batch that failed may be stored or not."""
        for number in range(10_000):
            batch = [self._event() for _ in range(BATCH)]
            try:
                self._store.append(batch)
            except StoreBusy:
                self.unanswered += batch
            except StoreError:
                self.unanswered += batch
                return
            else:
                self.acknowledged += [event.event_id for event in batch]
            if number == 3:
                self.warm.set()

    def again(self) -> None:
        """What an app does with what was not answered."""
        results = self._store.append(self.unanswered)
        assert {result.status for result in results} <= {"accepted", "duplicate"}
        self.acknowledged += [event.event_id for event in self.unanswered]
        self.unanswered = []

    def _event(self) -> EventRecord:
        self._number += 1
        return make_event(f"{self._name}-{self._number}", days_ago=30 - self._number / 1e4, product_no=self._number % 8)


def test_what_was_acknowledged_survives_a_crash_of_the_server_and_is_there_once(server: PostgresServer) -> None:
    store = open_store(server.new_database(), make_bank(), LIMITS)
    store.put_products(PRODUCTS, NOW_US)
    allow(store)
    sent: list[Writer] = []
    for crash in range(CRASHES):
        writers = [Writer(store, f"{crash}-{number}") for number in range(WRITERS)]
        threads = [threading.Thread(target=writer.run) for writer in writers]
        for thread in threads:
            thread.start()
        assert all(writer.warm.wait(60) for writer in writers)
        server.stop(signal.SIGQUIT)
        for thread in threads:
            thread.join(60)
        server.start()
        stored = {event.event_id for event in store.history("c").events}
        assert [event_id for writer in writers for event_id in writer.acknowledged if event_id not in stored] == []
        for writer in writers:
            writer.again()
        sent += writers
    ids = [event.event_id for event in store.history("c").events]
    assert sorted(ids) == sorted(event_id for writer in sent for event_id in writer.acknowledged)
    assert store.stale(["c"]) == []
    store.close()
