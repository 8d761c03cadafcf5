"""Due jobs run in the order of a day, in one of several processes; what fails is tried again and ends nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from service.calendar import DAY_US
from service.clock import Clock, from_us
from service.job_metrics import JobMetrics
from service.job_state import JobState, LeaderSchedule
from service.jobs.runner import Runner
from service.jobs.schedule import JOBS
from service.jobs.scheduler import Scheduler
from service.progress import silent
from service.settings import load_settings
from service.stores._jobs import own_name
from service.stores.open import open_store
from service.stores.protocols import Store, StoreError
from service.telemetry import Telemetry
from tests.contract.bank import make_bank
from tests.factories import NOW_US
from tests.unit.service.jobs.waiting import reached

WELL, BADLY, HANGS = "print('all done')", "raise SystemExit('no room')", "import time; time.sleep(600)"
SETTINGS = {"jobs_at": "03:00", "jobs_train_on": "daily", "jobs_pause_s": "1", "jobs_tries": "2"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/bank.db", make_bank())
    yield opened
    opened.close()


class Process:
    """A scheduler with a clock of its own, as each process has one; its jobs note that they ran."""

    def __init__(self, store: Store, log: Path, scripts: Mapping[str, str], **settings: str) -> None:
        def command(job: str) -> Sequence[str]:
            note = f"open({json.dumps(str(log))}, 'a').write({job!r} + '\\n')"
            return (sys.executable, "-c", f"{note}\n{scripts.get(job, WELL)}")

        self.clock, self._telemetry = Clock(from_us(NOW_US)), Telemetry()
        given = load_settings({}, {**SETTINGS, **settings})
        self.runner = Runner(given, self.clock, store, command)
        metrics = JobMetrics(self._telemetry)
        self.scheduler = Scheduler(self.runner, metrics, is_on=given.jobs_time is not None, beat_s=0.02)

    def metric(self, name: str) -> float:
        lines = self._telemetry.render().decode().splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"huojia_job_{name} "))


Make = Callable[..., Process]


@pytest.fixture
def make(store: Store, tmp_path: Path) -> Make:
    return lambda scripts=None, **settings: Process(store, tmp_path / "log", scripts or {}, **settings)


@pytest.fixture
def ran(tmp_path: Path) -> Callable[[], list[str]]:
    """The jobs that were begun, in their order."""
    log = tmp_path / "log"
    return lambda: log.read_text().split() if log.exists() else []


def live(*processes: Process, until: Callable[[], bool], then: Callable[[], Awaitable[None]] | None = None) -> None:
    """Let schedulers beat until something is so."""

    async def beat() -> None:
        tasks = [asyncio.create_task(process.scheduler.forever()) for process in processes]
        await reached(until)
        if then is not None:
            await then()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    asyncio.run(beat())


def tomorrow(*processes: Process) -> None:
    for process in processes:
        process.clock.set(from_us(NOW_US + DAY_US))


def all_done(store: Store) -> bool:
    return [state.done for state in store.job_states().values()] == [1] * len(JOBS)


def test_what_is_due_runs_once_in_the_order_of_a_day(make: Make, store: Store, ran: Callable[[], list[str]]) -> None:
    one = make()
    tomorrow(one)
    live(one, until=lambda: all_done(store) and one.metric('lag_seconds{job="train"}') == 0)
    assert ran() == list(JOBS)
    assert one.metric("leader") == 1
    assert one.metric('runs_total{job="train",outcome="done"}') == 1


def test_nothing_runs_before_it_is_due_and_a_moved_clock_makes_it_due(
    make: Make, store: Store, ran: Callable[[], list[str]]
) -> None:
    one = make()
    live(one, until=lambda: one.metric("leader") == 1)
    assert ran() == []
    tomorrow(one)
    live(one, until=lambda: all_done(store))
    assert ran() == list(JOBS)


def test_of_several_processes_one_leads_and_the_next_takes_over(
    make: Make, store: Store, ran: Callable[[], list[str]]
) -> None:
    one, other = make(), make()
    live(one, other, until=lambda: one.metric("leader") + other.metric("leader") == 1)
    tomorrow(one, other)
    live(one, other, until=lambda: all_done(store))
    assert ran() == list(JOBS)
    live(other, until=lambda: other.metric("leader") == 1)


def test_a_job_that_fails_is_tried_again_after_a_pause_then_given_up_and_holds_up_no_other(
    make: Make, store: Store, ran: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    one = make({"attribute": BADLY})
    tomorrow(one)
    with caplog.at_level(logging.WARNING):
        live(one, until=lambda: "train" in store.job_states() and store.job_states()["attribute"].failed == 2)
        live(one, until=lambda: one.metric('tries{job="attribute"}') == 2, then=lambda: asyncio.sleep(0.3))
    assert ran() == ["snapshot-tiers", "attribute", "measure-tags", "infer-tags", "train", "attribute"]
    assert [(record.message, record.__dict__["line"]) for record in caplog.records] == [
        ("a daily job has ended", "no room")
    ] * 2
    assert all(record.exc_info is None for record in caplog.records)
    assert one.metric('lag_seconds{job="attribute"}') > 0
    assert one.metric('runs_total{job="attribute",outcome="failed"}') == 2


def test_a_run_whose_process_died_is_begun_again(make: Make, store: Store, ran: Callable[[], list[str]]) -> None:
    one = make()
    tomorrow(one)
    due_us = one.runner.schedule.newest_us(one.clock.now_us())
    store.put_job_state(JobState("attribute").begun(one.clock.now_us(), due_us, "other:7"))
    live(one, until=lambda: all_done(store))
    assert ran() == ["snapshot-tiers", "measure-tags", "infer-tags", "train", "attribute"], "a pause after each failure"
    assert (store.job_states()["attribute"].died, store.job_states()["attribute"].tries) == (1, 2)


def test_what_runs_by_hand_is_not_run_beside(make: Make, store: Store, ran: Callable[[], list[str]]) -> None:
    one, by_hand = make(), make()
    tomorrow(one, by_hand)

    async def hold() -> None:
        async with by_hand.runner.turn() as run:
            task = asyncio.create_task(one.scheduler.forever())
            await asyncio.sleep(0.3)
            assert ran() == []
            for job in JOBS:
                await run(job, silent)
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(hold())
    assert ran() == list(JOBS), "what was done by hand is done"


def test_a_running_job_ends_with_the_scheduler_and_is_no_try(make: Make, store: Store) -> None:
    one = make({"snapshot-tiers": HANGS})
    tomorrow(one)
    live(one, until=lambda: bool(store.job_states()))
    state = store.job_states()["snapshot-tiers"]
    assert (state.outcome, state.tries) == ("stopped", 0)
    other = make()
    tomorrow(other)
    live(other, until=lambda: all_done(store))


def test_who_leads_tells_its_schedule_once_the_store_can_be_written(
    make: Make, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, tries = store.put_leader_schedule, list[LeaderSchedule]()

    def at_last(schedule: LeaderSchedule) -> None:
        tries.append(schedule)
        if len(tries) < 3:
            raise StoreError("somebody imports")
        put(schedule)

    monkeypatch.setattr(store, "put_leader_schedule", at_last)
    one = make(jobs_at="05:15")
    live(one, until=lambda: store.leader_schedule() is not None)
    assert store.leader_schedule() == LeaderSchedule(own_name(), "05:15", "daily", "2", "Asia/Shanghai")
    assert len(tries) == 3


def test_without_a_schedule_nobody_leads_and_last_successes_are_told(make: Make, store: Store) -> None:
    store.put_job_state(JobState("attribute").begun(NOW_US, None, "other:7").ended(NOW_US, "done", "all"))
    one = make(jobs_at="")
    tomorrow(one)
    live(one, until=lambda: 'huojia_job_running{job="attribute"}' in one._telemetry.render().decode())
    assert one.metric("leader") == 0
    assert one.metric('last_success_timestamp_seconds{job="attribute"}') == NOW_US / 1e6
    assert "huojia_job_lag_seconds{" not in one._telemetry.render().decode()
    assert store.lock("jobs-leader").take()


class Faulty:
    """A store that fails three times when it is asked for the jobs."""

    def __init__(self, store: Store, error: Exception) -> None:
        self._known, self._errors = store.job_states, [error] * 3

    def job_states(self) -> dict[str, JobState]:
        if self._errors:
            raise self._errors.pop()
        return self._known()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreError("gone"), ["daily jobs wait for the store: gone"]),
        (ZeroDivisionError(), ["daily jobs could not be looked after; trying again"] * 3),
    ],
)
def test_whatever_goes_wrong_is_logged_and_outlived_a_store_that_is_away_once(
    make: Make, store: Store, caplog: pytest.LogCaptureFixture, *, error: Exception, said: list[str]
) -> None:
    one, faulty = make(), Faulty(store, error)
    tomorrow(one)
    one.runner.store.job_states = faulty.job_states  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING):
        live(
            one,
            until=lambda: [one.done for one in faulty._known().values()] == [1] * len(JOBS),
        )
    assert caplog.messages == said
