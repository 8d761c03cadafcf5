"""What is known of the daily jobs, and the locks that only one process holds, on every store."""

from __future__ import annotations

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.calendar import DAY_US
from service.clock import Clock, from_us
from service.job_metrics import JobMetrics
from service.job_state import JobState, LeaderSchedule
from service.jobs.runner import Runner
from service.jobs.schedule import JOBS
from service.jobs.scheduler import Scheduler
from service.progress import Step
from service.settings import load_settings
from service.stores._jobs import LOCKS, own_name
from service.stores.open import open_store
from service.stores.protocols import Store
from service.telemetry import Telemetry
from tests.contract.bank import make_bank
from tests.factories import NOW_US
from tests.unit.service.jobs.waiting import reached

LIMIT_S = 10.0


@pytest.fixture
def other(url: str) -> Iterator[Store]:
    opened = open_store(url, make_bank())
    yield opened
    opened.close()


def hold(url: str, name: str, told: multiprocessing.connection.Connection) -> None:
    """Another process: takes a lock, says so, and lives on."""
    lock = open_store(url, make_bank()).lock(name)
    told.send((lock.take(), own_name()))
    time.sleep(600)


def test_a_job_is_known_as_it_was_put_last(store: Store) -> None:
    assert store.job_states() == {}
    state = JobState("attribute").begun(NOW_US, NOW_US - 5, "host:1").at(Step("credits", 3, 9))
    store.put_job_state(state)
    store.put_job_state(JobState("train"))
    assert store.job_states() == {"attribute": state, "train": JobState("train")}
    ended = state.ended(NOW_US + 7, "failed", "no room", 1.5)
    store.put_job_state(ended)
    assert store.job_states()["attribute"] == ended


def test_the_schedule_of_whoever_leads_is_known_as_it_was_told_last(store: Store, other: Store) -> None:
    assert store.leader_schedule() is None
    for at in ("03:00", "04:30"):
        told = LeaderSchedule("host:1", at, "sunday", "3", "Asia/Shanghai")
        store.put_leader_schedule(told)
        assert other.leader_schedule() == told


def test_a_bank_is_as_old_as_its_database(store: Store) -> None:
    assert store.founded_us() == NOW_US
    store.put_products([{"product_id": "later", "category": "cash.mmf"}], NOW_US + 5)
    assert store.founded_us() == NOW_US


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_one_holds_a_lock_until_it_is_given_up(store: Store, other: Store, name: str) -> None:
    mine, theirs = store.lock(name), other.lock(name)
    assert mine.holder() is None
    assert mine.take()
    assert mine.take(), "who has it has it still"
    assert not theirs.take()
    assert theirs.holder() == mine.holder() == own_name()
    mine.close()
    assert theirs.take()
    assert not mine.take()
    theirs.close()
    assert mine.holder() is None
    mine.close()


def test_locks_of_other_names_and_other_banks_are_others(store: Store, make_url: object) -> None:
    assert callable(make_url)
    elsewhere = open_store(make_url(), make_bank())
    locks = [store.lock(name) for name in LOCKS] + [elsewhere.lock(name) for name in LOCKS]
    assert [lock.take() for lock in locks] == [True] * len(locks)
    for lock in locks:
        lock.close()
    elsewhere.close()


def test_looking_who_holds_a_lock_does_not_take_it(store: Store, other: Store) -> None:
    looking = store.lock("jobs-leader")
    assert looking.holder() is None
    lock = other.lock("jobs-leader")
    assert lock.take()
    lock.close()
    looking.close()


def test_of_two_services_one_runs_the_jobs_of_a_day_and_each_once(store: Store, other: Store, tmp_path: Path) -> None:
    log, settings = tmp_path / "log", load_settings({}, {"jobs_at": "03:00", "jobs_train_on": "daily"})

    def note(job: str) -> tuple[str, ...]:
        return (sys.executable, "-c", f"open({str(log)!r}, 'a').write({job!r} + ' ')")

    async def serve() -> None:
        runners = [Runner(settings, Clock(from_us(NOW_US + DAY_US)), one, note) for one in (store, other)]
        schedulers = [Scheduler(one, JobMetrics(Telemetry()), is_on=True, beat_s=0.02) for one in runners]
        tasks = [asyncio.create_task(one.forever()) for one in schedulers]
        await reached(lambda: [state.done for state in other.job_states().values()] == [1] * len(JOBS))
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    asyncio.run(serve())
    assert log.read_text().split() == list(JOBS)
    leader = store.lock("jobs-leader")
    assert leader.holder() is None
    leader.close()


def test_a_process_that_is_killed_leaves_its_lock_to_the_next(store: Store, url: str) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    holder = context.Process(target=hold, args=(url, "jobs-leader", theirs), daemon=True)
    holder.start()
    assert ours.poll(60)
    took, who = ours.recv()
    lock = store.lock("jobs-leader")
    assert (took, lock.take(), lock.holder()) == (True, False, who)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    until = time.monotonic() + LIMIT_S
    while not lock.take():
        assert time.monotonic() < until, "the lock of a dead process is held still"
        time.sleep(0.05)
    lock.close()
    holder.join()
