"""The turn to run daily jobs, which one process of the bank has at a time, and what it keeps of each run."""

from __future__ import annotations

import logging

from service.calendar import BankCalendar
from service.errors import JobRunning
from service.job_state import JobState
from service.jobs._in_force import holder, schedule_in_force
from service.jobs.schedule import Schedule
from service.settings import Settings
from service.stores._jobs import JobStore, own_name

log = logging.getLogger(__name__)


class Turn:
    """Every call asks the store, and raises StoreError where that does not answer; not for two threads at once."""

    def __init__(self, store: JobStore, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._lock = store.lock("jobs-run")

    def take(self, now_us: int) -> None:
        """Raises JobRunning where somebody else has it.

        A run that nobody has ended, and that nobody can be running any more, has died.
        """
        if not self.has():
            who = self._lock.holder() or "another process"
            raise JobRunning(f"{who} is running a daily job; `huojia jobs` shows which")
        for state in self._store.job_states().values():
            if state.is_open:
                log.warning("a daily job died: nobody has heard the end of %s", state.job)
                self.tell(state.ended(now_us, "died", f"{state.ran_by} is gone without a word"))

    def has(self) -> bool:
        """Whether this has it now: asks for it, or looks whether it still has what it took."""
        return self._lock.take()

    def begin(self, job: str, now_us: int) -> JobState:
        """A run begins; it counts by the schedule of the process that leads, where one does."""
        by, _ = schedule_in_force(self._settings, self._store, holder(self._store, "jobs-leader"))
        known = self._store.job_states().get(job) or JobState(job)
        newest_us = Schedule.of(by, BankCalendar(by.timezone)).newest_us(now_us)
        state = known.begun(now_us, newest_us, own_name())
        self.tell(state)
        return state

    def tell(self, state: JobState) -> None:
        """Store what is known of a run."""
        self._store.put_job_state(state)

    def settle(self, state: JobState) -> None:
        """Store how a run has ended.

        Who has lost the turn comes too late where the next one has said that this run died, and perhaps run the job.
        """
        known = self._store.job_states()[state.job]
        if known.is_open and (known.begun_us, known.ran_by) == (state.begun_us, state.ran_by):
            self.tell(state)

    def close(self) -> None:
        """Give it up."""
        self._lock.close()
