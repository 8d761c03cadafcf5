"""Runs daily jobs one at a time in the whole bank, and keeps what became of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, TypeVar

from service.calendar import BankCalendar
from service.clock import Clock
from service.job_state import JobState, LeaderSchedule
from service.jobs._until_stored import until_stored
from service.jobs.attempt import Ended, attempt
from service.jobs.schedule import JOBS, Due, Schedule
from service.jobs.turn import Turn
from service.progress import Progress, Step
from service.settings import Settings
from service.stores._errors import STORE_ERRORS
from service.stores._jobs import JobStore, own_name
from service.threads import Threads

T = TypeVar("T")
Run = Callable[[str, Progress], Awaitable[JobState]]
"""Runs a job to its end, its progress told; what is known of it then."""

_LOOK_S = 1.0
_TELL_S = 5.0
_STORE_S = 35.0  # longer than a command's store waits for another writer


class Standing(NamedTuple):
    """A job, what is known of it, and its place in the schedule."""

    state: JobState
    due: Due


class Runner:
    """Whoever has the turn runs jobs; the store says who that is, and what became of the runs.

    `command`: what runs a job in place of the command of that name.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: JobStore,
        command: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        self.schedule = Schedule.of(settings, BankCalendar(settings.timezone))
        self.store, self.clock = store, clock
        self._settings, self._command = settings, command or _command_of
        self._threads = Threads("jobs", 1)
        self._founded_us: int | None = None

    async def ask(self, call: Callable[[], T]) -> T:
        """What a call of the store returns; raises what it raises, and TimeoutError."""
        return await self._threads.run(call, _STORE_S)

    async def standings(self) -> list[Standing]:
        """Every job in the order of a day; raises StoreError."""
        if self._founded_us is None:
            self._founded_us = await self.ask(self.store.founded_us)
        known, now_us = await self.ask(self.store.job_states), self.clock.now_us()
        states = [known.get(job) or JobState(job) for job in JOBS]
        return [Standing(state, self.schedule.due(state, self._founded_us, now_us)) for state in states]

    async def tell_schedule(self) -> None:
        """Let others know by which schedule this process leads; raises StoreError."""
        of = self._settings
        at = "" if of.jobs_time is None else f"{of.jobs_time:%H:%M}"
        told = LeaderSchedule(own_name(), at, of.jobs_train_on, of.jobs_tries, of.timezone)
        await self.ask(lambda: self.store.put_leader_schedule(told))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Run]:
        """Nobody else in the bank runs a job meanwhile; raises JobRunning where somebody does."""
        turn = Turn(self.store, self._settings)
        try:
            await self.ask(lambda: turn.take(self.clock.now_us()))
            yield lambda job, progress: self._run(turn, job, progress)
        finally:
            await self.ask(turn.close)

    async def _run(self, turn: Turn, job: str, progress: Progress) -> JobState:
        now_us = self.clock.now_us()
        state = await self.ask(lambda: turn.begin(job, now_us))
        steps: list[Step] = []

        def told(step: Step) -> None:
            steps[:] = [step]
            progress(*step)

        limit_s = float(self._settings.jobs_limit_s)
        running = asyncio.create_task(attempt(self._command(job), self._settings, now_us, limit_s, told))
        try:
            ended = await self._watched(running, turn, state, steps)
        except asyncio.CancelledError:
            await _cancelled(running)
            with suppress(*STORE_ERRORS):
                ended_us = self.clock.now_us()
                await self.ask(lambda: turn.settle(state.ended(ended_us, "stopped", "ended with the service")))
            raise
        state = state.ended(self.clock.now_us(), ended.outcome, ended.line, ended.seconds)
        await until_stored(lambda: self.ask(lambda: turn.settle(state)))
        return state

    async def _watched(self, running: asyncio.Task[Ended], turn: Turn, state: JobState, steps: list[Step]) -> Ended:
        """The end of a run, its progress stored meanwhile; who has lost the turn ends it."""
        loop, at = asyncio.get_running_loop(), None
        began = told = loop.time()
        while not (await asyncio.wait({running}, timeout=_LOOK_S))[0]:
            if not await self._has(turn):
                await _cancelled(running)
                return Ended("failed", 1, "ended because the store no longer answers", loop.time() - began)
            if steps and steps[0] != at and loop.time() - told >= _TELL_S:
                at, told = steps[0], loop.time()
                with suppress(*STORE_ERRORS):
                    await self.ask(lambda: turn.tell(state.at(steps[0])))
        return running.result()

    async def _has(self, turn: Turn) -> bool:
        try:
            return await self.ask(turn.has)
        except STORE_ERRORS:
            return False


def _command_of(job: str) -> Sequence[str]:
    return (sys.executable, "-m", "service.jobs.entry", job)


async def _cancelled(task: asyncio.Task[Ended]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
