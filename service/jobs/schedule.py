"""Which daily job is due when, by the bank's calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from service.calendar import BankCalendar
from service.job_state import JobState
from service.settings import WEEKDAYS, Settings

JOBS = ("snapshot-tiers", "attribute", "measure-tags", "infer-tags", "train")
"""The daily jobs, commands each, in the order of a day."""
_TRAIN = "train"
_LONGER = 4
"""Each pause between tries is so many times the one before."""


@dataclass(frozen=True, slots=True)
class Due:
    """A job's place in the schedule; microseconds. It is late where `next_us`, its next or first missed time, is past.

    `is_ready`: late, not running, with a try left today, and after the pause that the last failure asks for.
    """

    next_us: int | None
    lag_us: int
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of day at which jobs are due: all of them daily, training on some days of the week only.

    A job is due once at each of its times; of those that were missed only the last one is made up for. What a bank
    missed before it was founded, nobody expects.
    """

    calendar: BankCalendar
    at: dt.time
    training_days: frozenset[int]
    tries: int
    pause_us: int

    @classmethod
    def of(cls, settings: Settings, calendar: BankCalendar) -> Schedule:
        """The schedule of the settings; where they have none it is that of work by hand, due from midnight."""
        on = settings.jobs_train_on
        named = range(7) if on == "daily" else [WEEKDAYS.index(on)] if on else []
        pause_us = int(settings.jobs_pause_s) * 1_000_000
        return cls(calendar, settings.jobs_time or dt.time(), frozenset(named), int(settings.jobs_tries), pause_us)

    def newest_us(self, now_us: int) -> int:
        """The newest time of the schedule, of whatever job: with it the tries begin anew."""
        day = self.calendar.day(now_us)
        return max(us for us in (self.calendar.instant_us(day - back, self.at) for back in (0, 1, 2)) if us <= now_us)

    def next_us(self, job: str, after_us: int) -> int | None:
        """The first time after an instant at which the job is due; None: it never is."""
        day = self.calendar.day(after_us)
        times = (self.calendar.instant_us(day + ahead, self.at) for ahead in range(9) if self._is_day(job, day + ahead))
        return next((us for us in times if us > after_us), None)

    def due(self, state: JobState, founded_us: int, now_us: int) -> Due:
        """Where a job stands now."""
        next_us = self.next_us(state.job, founded_us if state.succeeded_us is None else state.succeeded_us)
        if next_us is None or next_us > now_us:
            return Due(next_us, 0, False)
        return Due(next_us, now_us - next_us, not state.is_open and self._may_try(state, now_us))

    def _may_try(self, state: JobState, now_us: int) -> bool:
        if state.due_us != self.newest_us(now_us) or state.ended_us is None or state.tries < 1:
            return True
        passed_us = now_us - state.ended_us  # below 0 where the clock was moved back
        pause_us = self.pause_us * _LONGER ** (state.tries - 1)
        return state.tries < self.tries and not 0 <= passed_us < pause_us

    def _is_day(self, job: str, day: int) -> bool:
        return job != _TRAIN or (day + 3) % 7 in self.training_days  # 1970-01-01 was a Thursday
