"""The service's clock as a caller knows it: from the times that its shelves name."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable


class ServiceTime:
    """A clock that runs like the machine's and is never ahead of the service, whose shelves name whole seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._ahead = float("-inf")

    def hear(self, as_of: str) -> None:
        """A shelf of just now names its time; the latest of what was heard is the closest."""
        self._ahead = max(self._ahead, dt.datetime.fromisoformat(as_of).timestamp() - self._now())

    def now(self) -> dt.datetime:
        """The time, UTC; after the first shelf."""
        return dt.datetime.fromtimestamp(self._now() + self._ahead, dt.UTC)
