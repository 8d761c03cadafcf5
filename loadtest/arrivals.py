"""When the next visit begins: a Poisson process that does not wait for the last one's answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable


class Arrivals:
    """The visits of one user; one that cannot begin in time begins late and is never left out."""

    def __init__(self, rate: float, chance: random.Random, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._chance, self._now = rate, chance, now
        self._next = now() + chance.expovariate(rate)

    def wait(self) -> float:
        """Seconds until the next visit; 0 where it should have begun already."""
        ahead = self._next - self._now()
        self._next += self._chance.expovariate(self._rate)
        return max(0.0, ahead)
