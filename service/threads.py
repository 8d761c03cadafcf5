"""Threads for calls that may hang: few of them, none of which keeps a request or the end of the process waiting."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from threadpoolctl import threadpool_info, threadpool_limits

from service.stores.protocols import StoreError

T = TypeVar("T")
_SWITCH_S = 0.001


def serve_first() -> None:
    """Let a thread that computes (a new world, a fold) keep the interpreter for a fifth of Python's default at most.

    An event loop gives it away with every send and every read of a row, several times a shelf, and waits each time.
    """
    sys.setswitchinterval(_SWITCH_S)


def compute_alone() -> None:
    """Hold BLAS to one thread, whatever was asked for before numpy came in; RuntimeError where it does not obey.

    With more a request's solve takes up to ten times as long, and the last bit of a sum hangs on how many there are.
    """
    threadpool_limits(1, "blas")
    many = [
        pool["internal_api"] for pool in threadpool_info() if pool["user_api"] == "blas" and pool["num_threads"] > 1
    ]
    if many:
        raise RuntimeError(f"{', '.join(many)} computes with more than one thread and cannot be told otherwise")


class Abandoned(StoreError):
    """Whoever asked for this write was told that it failed, so it must not be committed any more."""


class _Call:
    __slots__ = ("call", "future", "is_abandoned")

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call, self.is_abandoned = call, False
        self.future: Future[Any] = Future()


_mine = threading.local()


def refuse_abandoned() -> None:
    """Raise Abandoned where the call that this thread runs has nobody waiting for it any more.

    A store asks right before it commits: a write that hung and comes back after its caller has been answered 503 would
    else undo what that customer has said in between.
    """
    call: _Call | None = getattr(_mine, "call", None)
    if call is not None and call.is_abandoned:
        raise Abandoned("the call was given up before it could be committed")


class Threads:
    """At most `size` daemon threads; a call that hangs keeps its thread, and nothing else, until it comes back."""

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._calls: SimpleQueue[_Call] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    async def run(self, call: Callable[[], T], deadline_s: float) -> T:
        """What the call returns or raises; TimeoutError after `deadline_s` seconds, the wait for a thread included."""
        asked = _Call(call)
        self._calls.put(asked)
        if not self._idle.acquire(blocking=False) and self._started < self._size:
            self._started += 1
            threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()
        try:
            # `wait_for` of Python 3.11 swallows a cancellation that comes when the call has just returned.
            async with asyncio.timeout(deadline_s):
                result: T = await asyncio.wrap_future(asked.future)
        except BaseException:
            asked.is_abandoned = True
            raise
        return result

    def _work(self) -> None:
        while True:
            asked = self._next()
            if asked.future.set_running_or_notify_cancel():
                _mine.call = asked
                try:
                    result = asked.call()
                except BaseException as error:  # noqa: BLE001 - it is the caller's to handle
                    asked.future.set_exception(error)
                else:
                    asked.future.set_result(result)
                    del result
                _mine.call = None
            del asked

    def _next(self) -> _Call:
        try:
            return self._calls.get_nowait()
        except Empty:
            self._idle.release()
            return self._calls.get()
