"""A daily job that its own command runs in this process: in the bank's turn, and kept like any other run."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from service.errors import HuojiaError, ModelStays, Refused
from service.job_state import JobState, Outcome
from service.jobs._until_stored import until_stored
from service.jobs.turn import Turn
from service.progress import Progress, Step
from service.runtime import Runtime
from service.stores._errors import STORE_ERRORS

log = logging.getLogger(__name__)

_TELL_S = 5.0
_HAS_TURN = ContextVar("has_turn", default=False)


class ByHand:
    """The run as a context, and its progress, to be called as such; `line` is what it came to.

    `dry` runs without the turn, since it puts nothing in force; one that is not `kept` looks at another time than now:
    nobody else runs a job meanwhile, but it is not the day's run. Entering raises JobRunning where somebody else does.
    """

    line = ""

    def __init__(self, runtime: Runtime, job: str, progress: Progress, *, dry: bool = False, kept: bool = True) -> None:
        self._job, self._progress, self._clock = job, progress, runtime.clock
        self._turn = None if dry or _HAS_TURN.get() else Turn(runtime.store, runtime.settings)
        self._kept, self._state = kept, JobState(job)
        self._began = self._told = time.monotonic()
        self._stage = ""

    @staticmethod
    def in_turn() -> None:
        """Say that whoever has started this process has the turn, and keeps what becomes of its runs."""
        _HAS_TURN.set(True)

    def __enter__(self) -> Self:
        if self._turn is not None:
            try:
                self._turn.take(self._clock.now_us())
                if self._kept:
                    self._state = self._turn.begin(self._job, self._clock.now_us())
            except BaseException:
                self._turn.close()
                raise
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Progress; raises Refused where the turn was lost meanwhile, as to a store that no longer answered."""
        self._progress(stage, done, total)
        if self._turn is None or (stage == self._stage and time.monotonic() - self._told < _TELL_S):
            return
        self._stage, self._told = stage, time.monotonic()
        if not self._turn.has():
            raise Refused(f"{self._job}: ended because another process has the turn to run jobs")
        if self._kept:
            with suppress(*STORE_ERRORS):  # somebody else writes: it is told later
                self._turn.tell(self._state.at(Step(stage, done, total)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        turn = self._turn
        if turn is None:
            return
        try:
            if self._kept:
                outcome, line = _end_of(error) or ("done", self.line)
                seconds = time.monotonic() - self._began
                asyncio.run(_settle(turn, self._state.ended(self._clock.now_us(), outcome, line, seconds)))
        except STORE_ERRORS as fault:
            log.warning("how %s ended could not be stored: %s", self._job, fault)
        finally:
            turn.close()


async def _settle(turn: Turn, state: JobState) -> None:
    async def settle() -> None:
        turn.settle(state)

    await until_stored(settle)


def _end_of(error: BaseException | None) -> tuple[Outcome, str] | None:
    """How a run ended by what it raised: one that was asked for wrongly is no try of the day.

    Of an error that nobody foresaw the kind alone is kept, its message may quote ids.
    """
    match error:
        case None:
            return None
        case KeyboardInterrupt():
            return "stopped", "interrupted"
        case ModelStays():
            return "refused", f"huojia: {error}"
        case Refused():
            return "stopped", f"huojia: {error}"
        case HuojiaError() | OSError():
            return "failed", f"huojia: {error}"
        case _:
            return "failed", f"huojia: unforeseen {type(error).__name__}"
