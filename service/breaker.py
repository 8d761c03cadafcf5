"""A breaker: a dependency that failed several times in a row is left alone until a probe of it succeeds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from service.telemetry import Telemetry

log = logging.getLogger(__name__)

FAILURES = 5
RETRY_S = 0.5
CLOSED, HALF_OPEN, OPEN = 0, 1, 2


class Breaker:
    """Closed while the dependency answers; who finds it open does not call.

    It is probed on a thread of its own, never by a request: a probe that hangs is the only caller that waits. The
    state is the gauge `huojia_breaker_state` (0 closed, 1 probing, 2 open).
    """

    def __init__(
        self, dependency: str, probe: Callable[[], object], telemetry: Telemetry, retry_s: float = RETRY_S
    ) -> None:
        self._dependency, self._probe, self._retry_s = dependency, probe, retry_s
        self._failures, self._state = 0, CLOSED
        self._changing, self._stop = threading.Lock(), threading.Event()
        self._gauge = telemetry.breaker.labels(dependency)
        self._opened = telemetry.opened.labels(dependency)

    @property
    def is_open(self) -> bool:
        """Whether the dependency is to be left alone."""
        return self._state != CLOSED

    def succeeded(self) -> None:
        """A call was answered: failures count in a row only."""
        if self._failures:
            self._failures = 0

    def failed(self) -> None:
        """A call failed or ran out of time; the fifth in a row opens the breaker."""
        with self._changing:
            self._failures += 1
            if self._failures < FAILURES or self._state != CLOSED or self._stop.is_set():
                return
            self._turn(OPEN)
        self._opened.inc()
        log.error("%s does not answer and is left alone", self._dependency)
        threading.Thread(target=self._probe_until_it_answers, name=f"probe-{self._dependency}", daemon=True).start()

    def close(self) -> None:
        """Probe no more."""
        self._stop.set()

    def _probe_until_it_answers(self) -> None:
        while not self._stop.wait(self._retry_s):
            self._turn(HALF_OPEN)
            try:
                self._probe()
            except Exception as error:  # noqa: BLE001 - whatever it raises, it does not answer yet
                log.info("%s does not answer yet: %s", self._dependency, type(error).__name__)
                self._turn(OPEN)
                continue
            with self._changing:
                self._failures = 0
                self._turn(CLOSED)
            log.warning("%s answers again", self._dependency)
            return

    def _turn(self, state: int) -> None:
        self._state = state
        self._gauge.set(state)
