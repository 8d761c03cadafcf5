"""The daily jobs in the database: one row each, and the locks that say who may run them."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict
from typing import Protocol

from sqlalchemy import Connection, func, select

from service.job_state import JobState, LeaderSchedule
from service.stores import tables
from service.stores._columns import Table, big_or_none, key, number_key
from service.stores._upsert import table, upsert

LOCKS = {"jobs-leader": 1, "jobs-run": 2, "experiments-watch": 3}
"""Who sees to it that due jobs run; who runs one just now; who looks at experiments. The numbers are PostgreSQL's."""


def own_name() -> str:
    """What this process is called by others: its host, cut to what PostgreSQL shows, and its number."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


class JobStates(Table, table=True):
    """What is known of a daily job: `service.job_state.JobState`."""

    job: str = key()
    begun_us: int | None = big_or_none()
    ended_us: int | None = big_or_none()
    seconds: float | None = None
    outcome: str | None = None
    line: str
    ran_by: str
    due_us: int | None = big_or_none()
    tries: int
    stage: str
    stage_done: int
    stage_total: int
    succeeded_us: int | None = big_or_none()
    failed_us: int | None = big_or_none()
    failed_line: str
    done: int
    refused: int
    failed: int
    died: int
    stopped: int


class JobSchedules(Table, table=True):
    """One row: `service.job_state.LeaderSchedule`, told by whoever took the lead last."""

    one: int = number_key()
    leader: str
    jobs_at: str
    jobs_train_on: str
    jobs_tries: str
    timezone: str


class NamedLock(Protocol):
    """A lock that one process of the bank holds at a time, until it gives it up or is no more.

    Not to be used by two threads at once; raises StoreError where nobody can say who holds it.
    """

    def take(self) -> bool:
        """Whether this holds it now: asks for it, or looks whether it still has what it took."""

    def holder(self) -> str | None:
        """Who holds it, `host:process`; None: nobody."""

    def close(self) -> None:
        """Give it up."""


class JobStore(Protocol):
    """What is known of the daily jobs, and who may run them."""

    def job_states(self) -> dict[str, JobState]: ...
    def put_job_state(self, state: JobState) -> None: ...

    def leader_schedule(self) -> LeaderSchedule | None:
        """What was told last, by a process that may lead no more."""

    def put_leader_schedule(self, schedule: LeaderSchedule) -> None: ...

    def founded_us(self) -> int:
        """When the database was made, by the clock of the process that made it, microseconds."""

    def lock(self, name: str) -> NamedLock:
        """One of `LOCKS`, not taken yet."""


_STATES, _CATALOGUES = table(JobStates), table(tables.CatalogueVersions)
_SCHEDULES = table(JobSchedules)


def job_states(connection: Connection) -> dict[str, JobState]:
    """The state of every job that has ever run, by its name."""
    return {row.job: JobState(**row._mapping) for row in connection.execute(select(_STATES))}


def put_job_state(connection: Connection, state: JobState) -> None:
    """Replace a job's row."""
    upsert(connection, _STATES, [state.row()])


def leader_schedule(connection: Connection) -> LeaderSchedule | None:
    """The schedule that was told last; None: nobody has led."""
    row = connection.execute(select(*(_SCHEDULES.c[name] for name in LeaderSchedule.__slots__))).first()
    return None if row is None else LeaderSchedule(*row)


def put_leader_schedule(connection: Connection, schedule: LeaderSchedule) -> None:
    """Replace it."""
    upsert(connection, _SCHEDULES, [{"one": 1, **asdict(schedule)}])


def founded_us(connection: Connection) -> int:
    """When the first catalogue version was made: with the database."""
    return connection.scalar(select(func.min(_CATALOGUES.c.created_us))) or 0
