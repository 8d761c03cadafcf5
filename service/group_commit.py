"""Group commit: calls that wait at the same time share one transaction, and with it one wait for the disk."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from service.errors import HuojiaError
from service.stores.protocols import Appended, EventRecord, EventStore, StoreBusy

QUEUE_MAX = 20_000
GROUP_MAX = 1_000
CLOSE_S = 10.0


class Busy(HuojiaError):
    """More events wait for the disk than may wait; the caller should come again."""


@dataclass(slots=True, eq=False)
class _Call:
    future: asyncio.Future[list[Appended]]
    events: Sequence[EventRecord]

    def settle(self, result: list[Appended], error: BaseException | None = None) -> None:
        with suppress(RuntimeError):  # the caller's loop is closed: nobody waits any more
            self.future.get_loop().call_soon_threadsafe(self._resolve, result, error)

    def _resolve(self, result: list[Appended], error: BaseException | None) -> None:
        if self.future.cancelled():
            return
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)


class GroupCommitter:
    """Takes in calls from event loops and gives them to one writer thread, in their order."""

    def __init__(self, store: EventStore, *, queue_max: int = QUEUE_MAX) -> None:
        self._store, self._queue_max = store, queue_max
        self._calls: deque[_Call] = deque()
        self._waiting = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    async def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        """Store events with whatever else waits; on return they are on disk. Raises Busy, or what the store raises."""
        call = _Call(asyncio.get_running_loop().create_future(), events)
        self._add(call)
        return await call.future

    def close(self) -> None:
        """Refuse new calls, finish those that wait, stop the thread; a store that hangs is not waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(CLOSE_S)

    def _add(self, call: _Call) -> None:
        with self._changed:
            if self._closed or (self._calls and self._waiting + len(call.events) > self._queue_max):
                raise Busy("the event store is busy")
            self._calls.append(call)
            self._waiting += len(call.events)
            self._changed.notify()

    def _run(self) -> None:
        while group := self._take():
            self._commit(group)

    def _take(self) -> list[_Call]:
        """The calls of the next transaction; empty when closed and all is done."""
        with self._changed:
            group: list[_Call] = []
            while not group:
                self._changed.wait_for(lambda: self._calls or self._closed)
                if not self._calls:
                    break
                group = self._next_group()
            return group

    def _next_group(self) -> list[_Call]:
        group: list[_Call] = []
        size = 0
        while self._calls:
            call = self._calls[0]
            if not call.future.cancelled():  # else it waited too long: its caller was told so and sends it again
                size += len(call.events)
                if group and size > GROUP_MAX:
                    break
                group.append(call)
            self._waiting -= len(call.events)
            self._calls.popleft()
        return group

    def _commit(self, group: list[_Call]) -> None:
        if len(group) > 1:
            try:
                results = iter(self._store.append([event for call in group for event in call.events]))
            except StoreBusy as error:  # each by itself would wait as long again, and those behind it longer
                for call in group:
                    call.settle([], error)
                return
            except Exception:  # noqa: BLE001 - one caller's bad event must not fail the others: each by itself below
                results = None
            if results is not None:
                for call in group:
                    call.settle([next(results) for _ in call.events])
                return
        for call in group:
            self._commit_alone(call)

    def _commit_alone(self, call: _Call) -> None:
        if call.future.cancelled():  # the group hung for longer than its callers wait: they were told so
            return
        try:
            results = self._store.append(call.events)
        except Exception as error:  # noqa: BLE001 - it is the caller's to handle
            call.settle([], error)
        else:
            call.settle(results)
