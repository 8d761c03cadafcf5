"""Sees to it that due jobs run: in every process of the service, of which one leads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress

from service.errors import JobRunning
from service.job_metrics import JobMetrics, Told
from service.job_state import SUCCESSES, JobState
from service.jobs.runner import Runner, Standing
from service.progress import silent
from service.stores._errors import STORE_ERRORS

log = logging.getLogger(__name__)

BEAT_S = 1.0
_IDLE_S = 15.0


class Scheduler:
    """Asks for the lead with every beat; who has it runs what is due. Without a schedule it only tells what there is.

    Nothing that goes wrong ends it, or the service: a job that fails says why in one line of the log.
    """

    def __init__(self, runner: Runner, metrics: JobMetrics, *, is_on: bool, beat_s: float = BEAT_S) -> None:
        self._runner, self._metrics, self._is_on = runner, metrics, is_on
        self._beat_s = beat_s if is_on else max(beat_s, _IDLE_S)
        self._lead = runner.store.lock("jobs-leader")
        self._catching_up: asyncio.Task[None] | None = None
        self._is_silent = self._leads = self._has_told = False

    async def forever(self) -> None:
        """Beat until cancelled; then end the job that runs, and give up the lead."""
        try:
            while True:
                await self._guarded(self._beat())
                await asyncio.sleep(self._beat_s)
        finally:
            if self._catching_up is not None and not self._catching_up.done():
                self._catching_up.cancel()
                await asyncio.wait({self._catching_up})
            with suppress(*STORE_ERRORS):
                await self._runner.ask(self._lead.close)

    async def _beat(self) -> None:
        leads = self._is_on and await self._runner.ask(self._lead.take)
        if leads and not self._leads:
            log.info("this process leads the daily jobs")
        self._leads, self._has_told = leads, leads and self._has_told
        if leads and not self._has_told:
            with suppress(*STORE_ERRORS):  # a store that cannot be written now is told with the next beat
                await self._runner.tell_schedule()
                self._has_told = True
        standings = await self._runner.standings()
        self._show(standings, leads=leads)
        idle = self._catching_up is None or self._catching_up.done()
        if leads and idle and any(standing.due.is_ready or standing.state.is_open for standing in standings):
            self._catching_up = asyncio.create_task(self._guarded(self._catch_up()))

    async def _catch_up(self) -> None:
        """Run what is due, in the order of a day, until nothing is."""
        try:
            async with self._runner.turn() as run:
                while job := next((one.state.job for one in await self._runner.standings() if one.due.is_ready), None):
                    _log(await run(job, silent))
        except JobRunning:
            return  # by hand perhaps; what is due then is due still

    def _show(self, standings: list[Standing], *, leads: bool) -> None:
        told = [Told(one.state, one.due.lag_us if self._is_on else None) for one in standings]
        self._metrics.show(told, leads=leads)

    async def _guarded(self, doing: Awaitable[None]) -> None:
        try:
            await doing
            self._is_silent = False
        except STORE_ERRORS as error:
            if not self._is_silent:
                log.warning("daily jobs wait for the store: %s", str(error) or type(error).__name__)
            self._is_silent, self._leads = True, False
        except Exception:
            log.exception("daily jobs could not be looked after; trying again")


def _log(state: JobState) -> None:
    well = state.outcome in SUCCESSES
    said = {"job": state.job, "outcome": state.outcome, "line": state.line, "seconds": state.seconds}
    log.log(logging.INFO if well else logging.WARNING, "a daily job has ended", extra={**said, "tries": state.tries})
