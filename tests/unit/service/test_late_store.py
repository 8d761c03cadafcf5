from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.errors import Refused
from service.last_good import ANSWERS, Source
from service.late_store import LateStore
from service.store_calls import StoreSilent
from service.stores.open import open_store
from service.stores.protocols import PolicyRecord, Store, StoreError, Versions
from tests.contract.bank import make_bank

SOURCE = Source(Versions(1, 1, 0, 0, ()), 0, PolicyRecord("default", 1, b"{}", ""), None, [{"product_id": "P"}], [], [])
CALLS = sorted(name for name in dir(Store) if not name.startswith("_") and callable(getattr(Store, name)))


@contextmanager
def _late(opening: Callable[[], Store]) -> Iterator[Any]:
    store = LateStore(opening, SOURCE, every_s=0.01)
    try:
        yield store
    finally:
        store.close()


def _silent() -> Store:
    raise StoreError("refused")


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not done():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("name", sorted({*CALLS} - {*ANSWERS, "close", "lock"}))
def test_a_call_of_a_store_that_is_not_open_raises_at_once(name: str) -> None:
    assert len(CALLS) > 30
    with _late(_silent) as store:
        call = getattr(store, name)
        with pytest.raises(StoreSilent, match="does not answer"):
            call()


def test_what_the_last_good_world_is_built_from_is_answered() -> None:
    with _late(_silent) as store:
        assert store.catalogue(1) == (1, [{"product_id": "P"}], [])
        assert store.active_policy(1) == (1, SOURCE.policy)
        assert store.tag_version(0) == []
        assert store.model(3) is None


def test_there_is_no_call_that_stores_do_not_have() -> None:
    with _late(_silent) as store, pytest.raises(AttributeError):
        store.no_such_call()


def test_a_lock_of_a_store_that_is_not_open_can_be_named_and_is_not_had() -> None:
    with _late(_silent) as store:
        lock = store.lock("jobs-leader")
        for ask in (lock.take, lock.holder):
            with pytest.raises(StoreSilent):
                ask()
        lock.close()


def test_everything_is_the_stores_as_soon_as_it_is_open(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    answers = threading.Event()

    def opening() -> Store:
        return open_store(f"sqlite:///{tmp_path / 'bank.db'}", make_bank()) if answers.is_set() else _silent()

    with caplog.at_level(logging.INFO), _late(opening) as store:
        early, lock = store.versions, store.lock("jobs-leader")
        with pytest.raises(StoreSilent):
            early()
        _until(lambda: "refused" in caplog.text)
        answers.set()
        _until(lambda: "the store answers and is open" in caplog.text)
        assert early() == store.versions() == Versions(0, 1, 0, 0, ())
        assert store.customer_ids() == []
        assert store.catalogue(1)[1] == []
        assert store.reads_inline
        assert lock.take()
        lock.close()
    assert caplog.text.count("refused") == 1  # told once, however often it was tried


def test_a_store_that_answers_and_is_refused_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[None] = []

    def opening() -> Store:
        tries.append(None)
        raise Refused("the database has revision 0")

    with caplog.at_level(logging.ERROR), _late(opening) as store:
        _until(lambda: len(tries) > 3)
        with pytest.raises(StoreSilent):
            store.versions()
    assert caplog.text.count("the database has revision 0") == 1


def test_a_store_that_opens_while_the_process_ends_is_closed(tmp_path: Path) -> None:
    entered, may_go, closed = threading.Event(), threading.Event(), threading.Event()

    class Opened:
        def close(self) -> None:
            closed.set()

    def opening() -> Any:
        entered.set()
        may_go.wait(20)
        return Opened()

    with _late(opening):
        entered.wait(20)
    may_go.set()
    assert closed.wait(20)
