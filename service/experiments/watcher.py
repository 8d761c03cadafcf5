"""Sees to it that running experiments are looked at every so often: in every process of the service, one at a time."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress

from service.experiment_metrics import ExperimentMetrics
from service.experiments.results.looks import Look, newest_looks
from service.jobs.attempt import attempt
from service.jobs.watch_experiments import JOB
from service.runtime import Runtime
from service.stores._errors import STORE_ERRORS

log = logging.getLogger(__name__)

BEAT_S = 1.0
_LOCK = "experiments-watch"


class Watcher:
    """Asks with every beat whether a look is due; who has the lock takes it in a process of its own.

    A training that runs for hours does not hold it up: it has no part in the turn of the daily jobs. Nothing that goes
    wrong ends it, or the service.
    """

    def __init__(self, runtime: Runtime, beat_s: float = BEAT_S) -> None:
        self._runtime, self._beat_s = runtime, beat_s
        self._every_us = int(runtime.settings.experiment_look_s) * 1_000_000
        self._metrics = ExperimentMetrics(runtime.telemetry)
        self._is_silent = False

    async def forever(self) -> None:
        """Beat until cancelled; a look that is being taken then ends."""
        while True:
            await self._guarded()
            await asyncio.sleep(self._beat_s)

    async def beat(self) -> None:
        """Show the newest looks, and take those that are due."""
        running = self._runtime.worlds.last().running.experiments
        if not running:
            self._metrics.show({})
            return
        looks = await self._runtime.jobs.ask(self._looks)
        self._metrics.show({key: look for key, look in looks.items() if key in running})
        due = [key for key, one in running.items() if self._every_us and self._is_due(key, one.phase, looks)]
        if due:
            await self._look({key: looks.get(key) for key in due})

    def _looks(self) -> dict[str, Look]:
        with self._runtime.store.connect() as connection:
            return newest_looks(connection)

    def _is_due(self, key: str, phase: int, looks: dict[str, Look]) -> bool:
        look = looks.get(key)
        now_us = self._runtime.clock.now_us()
        return look is None or look.phase != phase or now_us - look.at_us >= self._every_us

    async def _look(self, before: Mapping[str, Look | None]) -> None:
        """Take the looks that are due, given the last ones; where one could not be taken, wait a while."""
        runtime = self._runtime
        lock = runtime.store.lock(_LOCK)
        if not await runtime.jobs.ask(lock.take):
            return
        try:
            command = (sys.executable, "-m", "service.jobs.entry", JOB)
            limit_s = float(runtime.settings.jobs_limit_s)
            ended = await attempt(command, runtime.settings, runtime.clock.now_us(), limit_s, lambda step: None)
            if ended.code:
                log.warning("running experiments could not be looked at: %s", ended.line)
            after = await runtime.jobs.ask(self._looks)
            if ended.code or any(after.get(key) == look for key, look in before.items()):
                await asyncio.sleep(min(60.0, self._every_us / 1e6))
        finally:
            with suppress(*STORE_ERRORS):
                await runtime.jobs.ask(lock.close)

    async def _guarded(self) -> None:
        try:
            await self.beat()
            self._is_silent = False
        except STORE_ERRORS as error:
            if not self._is_silent:
                log.warning("looks at experiments wait for the store: %s", str(error) or type(error).__name__)
            self._is_silent = True
        except Exception:
            log.exception("experiments could not be looked after; trying again")
