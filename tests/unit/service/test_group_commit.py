from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from service.group_commit import GROUP_MAX, Busy, GroupCommitter
from service.stores.protocols import Appended, ConsentChange, EventRecord, StoreBusy
from tests.contract.bank import make_event


class SlowStore:
    """Takes events when it is let, refuses those called bad, and remembers its transactions."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self.let = threading.Event()
        self.let.set()
        self.entered = threading.Event()

    def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        self.entered.set()
        self.let.wait(5)
        ids = [event.event_id for event in events]
        if "bad" in ids:
            raise ValueError("bad")
        self.transactions.append(ids)
        return [Appended(f"accepted {name}") for name in ids]

    def change_consent(self, change: ConsentChange, *, own: bool = False) -> None:
        raise NotImplementedError


async def held(store: SlowStore, committer: GroupCommitter) -> asyncio.Task[list[Appended]]:
    """A first call that the store holds back, so that those after it wait together."""
    store.let.clear()
    first = asyncio.create_task(committer.append([make_event("first")]))
    await asyncio.to_thread(store.entered.wait, 5)
    return first


def test_calls_that_wait_together_share_one_transaction() -> None:
    store = SlowStore()
    committer = GroupCommitter(store)

    async def scenario() -> list[list[Appended]]:
        first = await held(store, committer)
        calls = [
            asyncio.create_task(committer.append([make_event(f"{name}{part}") for part in "xy"])) for name in "abc"
        ]
        await asyncio.sleep(0)
        store.let.set()
        return [await call for call in (first, *calls)]

    results = asyncio.run(scenario())
    committer.close()
    assert store.transactions == [["first"], ["ax", "ay", "bx", "by", "cx", "cy"]]
    assert results[2] == [Appended("accepted bx"), Appended("accepted by")]


def test_a_failing_transaction_fails_only_its_own_callers() -> None:
    store = SlowStore()
    committer = GroupCommitter(store)

    async def scenario() -> list[object]:
        first = await held(store, committer)
        calls = [asyncio.create_task(committer.append([make_event(name)])) for name in ("a", "bad", "b")]
        await asyncio.sleep(0)
        store.let.set()
        return list(await asyncio.gather(first, *calls, return_exceptions=True))

    results = asyncio.run(scenario())
    committer.close()
    assert isinstance(results[2], ValueError)
    assert [result for result in results if isinstance(result, Exception)] == [results[2]]
    assert store.transactions == [["first"], ["a"], ["b"]]


def test_a_full_queue_refuses_and_takes_again_when_it_drains() -> None:
    store = SlowStore()
    committer = GroupCommitter(store, queue_max=3)

    async def scenario() -> None:
        first = await held(store, committer)
        waiting = asyncio.create_task(committer.append([make_event(name) for name in "ab"]))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await committer.append([make_event(name) for name in "cd"])
        store.let.set()
        await first
        await waiting
        await committer.append([make_event(name) for name in "cd"])

    asyncio.run(scenario())
    committer.close()
    assert store.transactions == [["first"], ["a", "b"], ["c", "d"]]


def test_a_transaction_stays_bounded() -> None:
    store = SlowStore()
    committer = GroupCommitter(store)

    async def scenario() -> None:
        first = await held(store, committer)
        batch = [[make_event(f"{part}-{number}") for number in range(400)] for part in range(5)]
        calls = [asyncio.create_task(committer.append(events)) for events in batch]
        await asyncio.sleep(0)
        store.let.set()
        await asyncio.gather(first, *calls)

    asyncio.run(scenario())
    committer.close()
    assert max(len(ids) for ids in store.transactions) <= GROUP_MAX
    assert sum(len(ids) for ids in store.transactions) == 2_001


def test_closing_finishes_what_waits_and_refuses_the_rest() -> None:
    store = SlowStore()
    committer = GroupCommitter(store)

    async def scenario() -> None:
        first = await held(store, committer)
        waiting = asyncio.create_task(committer.append([make_event("a")]))
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(committer.close))
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await committer.append([make_event("late")])
        store.let.set()
        await asyncio.gather(first, waiting, closing)

    asyncio.run(scenario())
    assert store.transactions == [["first"], ["a"]]


def test_a_caller_that_gave_up_does_not_disturb_the_others() -> None:
    store = SlowStore()
    committer = GroupCommitter(store)

    async def scenario() -> list[Appended]:
        first = await held(store, committer)
        given_up = asyncio.create_task(committer.append([make_event("a")]))
        stays = asyncio.create_task(committer.append([make_event("b")]))
        await asyncio.sleep(0)
        given_up.cancel()
        store.let.set()
        await first
        return await stays

    assert asyncio.run(scenario()) == [Appended("accepted b")]
    committer.close()


def test_calls_that_waited_together_for_a_busy_store_do_not_wait_again_one_by_one() -> None:
    store = BusyStore()
    committer = GroupCommitter(store)

    async def scenario() -> list[object]:
        first = await held(store, committer)
        calls = [asyncio.create_task(committer.append([make_event(name)])) for name in "abc"]
        await asyncio.sleep(0)
        store.let.set()
        return list(await asyncio.gather(first, *calls, return_exceptions=True))

    results = asyncio.run(scenario())
    committer.close()
    assert [type(result) for result in results] == [StoreBusy] * 4
    assert store.asked == 2


class BusyStore(SlowStore):
    """Another process holds it."""

    asked = 0

    def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        super().append(events)
        self.asked += 1
        raise StoreBusy("held")


def test_who_gave_up_while_a_group_hung_is_not_tried_again_alone() -> None:
    store = HangingStore()
    committer = GroupCommitter(store)

    async def scenario() -> None:
        first = await held(store, committer)
        calls = [asyncio.create_task(committer.append([make_event(name)])) for name in "abc"]
        await asyncio.sleep(0)
        store.let.set()
        await asyncio.to_thread(store.hangs.wait, 5)
        for call in calls:
            call.cancel()
        await asyncio.gather(first, *calls, return_exceptions=True)
        store.given_up.set()

    asyncio.run(scenario())
    committer.close()
    assert store.asked == 2


class HangingStore(SlowStore):
    """Fails, a group only after its callers have gone."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.hangs, self.given_up = 0, threading.Event(), threading.Event()

    def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        super().append(events)
        self.asked += 1
        if len(events) > 1:
            self.hangs.set()
            self.given_up.wait(5)
        raise OSError("hung")
