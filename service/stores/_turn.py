"""Whose turn it is to write a file that one may write at a time: whoever has waited longest."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AGAIN_S = 0.002


class Turn:
    """A queue of the threads of this process, and a gate that one process at a time waits in.

    SQLite has no queue: who finds the file locked asks again after a while, and who writes all the time has taken it
    anew by then. Here whoever waits for the file stands in the gate, a lock on a file beside it, and nobody who has
    just written gets past it. Whoever dies or ends in the gate leaves it.
    """

    def __init__(self, path: Path) -> None:
        self._queue: deque[threading.Lock] = deque()
        self._queueing = threading.Lock()
        self._gate = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "rb")

    @contextmanager
    def queued(self) -> Iterator[None]:
        """Be the only thread of this process, in the order of asking; waits as long as it takes."""
        mine = threading.Lock()
        with self._queueing:
            self._queue.append(mine)
            if len(self._queue) > 1:
                mine.acquire()
        with mine:  # free already for the first one, freed by the one before for all others
            try:
                yield
            finally:
                with self._queueing:
                    self._queue.popleft()
                    if self._queue:
                        self._queue[0].release()

    @contextmanager
    def gate(self, until_s: float) -> Iterator[bool]:
        """Stand in the gate; whether it was free before `until_s`, an instant of `time.monotonic`."""
        entered = self._enter()
        while not entered and time.monotonic() < until_s:
            time.sleep(_AGAIN_S)
            entered = self._enter()
        try:
            yield entered
        finally:
            if entered:
                fcntl.flock(self._gate, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give up the file of the gate."""
        self._gate.close()

    def _enter(self) -> bool:
        try:
            fcntl.flock(self._gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
