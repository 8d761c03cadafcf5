"""Whoever has the turn runs jobs, one at a time in the whole bank, and what became of them is kept."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from service.clock import Clock, from_us
from service.errors import JobRunning
from service.job_state import JobState
from service.jobs import _until_stored as storing
from service.jobs import runner as module
from service.jobs.runner import Runner
from service.jobs.schedule import JOBS
from service.progress import silent
from service.settings import load_settings
from service.stores._jobs import own_name
from service.stores.open import open_store
from service.stores.protocols import Store, StoreBusy
from tests.contract.bank import make_bank
from tests.factories import NOW_US
from tests.unit.service.jobs.waiting import reached

T = TypeVar("T")
WELL, BADLY, HANGS = "print('all done')", "raise SystemExit('no room')", "import time; time.sleep(600)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/bank.db", make_bank())
    yield opened
    opened.close()


def make_runner(store: Store, script: str = WELL, **settings: str) -> Runner:
    def command(job: str) -> Sequence[str]:
        return (sys.executable, "-c", script)

    return Runner(load_settings({}, settings), Clock(from_us(NOW_US)), store, command)


def in_turn(runner: Runner, job: str = "attribute", progress: Callable[[str, int, int], None] = silent) -> JobState:
    async def one() -> JobState:
        async with runner.turn() as run:
            return await run(job, progress)

    return asyncio.run(one())


def ask(doing: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(doing)


def test_a_run_is_kept_with_its_time_its_line_and_who_ran_it(store: Store) -> None:
    state = in_turn(make_runner(store))
    assert (state.outcome, state.line, state.ran_by, state.tries) == ("done", "all done", own_name(), 1)
    assert state.succeeded_us is not None
    assert 0 <= state.succeeded_us - NOW_US < 60_000_000
    assert store.job_states() == {"attribute": state}


def test_a_failed_run_is_kept_beside_the_last_success(store: Store) -> None:
    succeeded = in_turn(make_runner(store))
    failed = in_turn(make_runner(store, BADLY))
    assert (failed.outcome, failed.failed_line, failed.tries) == ("failed", "no room", 2)
    assert failed.succeeded_us == succeeded.succeeded_us
    assert (failed.done, failed.failed) == (1, 1)


def test_nobody_else_runs_a_job_meanwhile_also_in_the_same_process(store: Store) -> None:
    async def both() -> None:
        async with make_runner(store).turn():
            with pytest.raises(JobRunning, match=f"{own_name()} is running a daily job"):
                async with make_runner(store).turn():
                    raise AssertionError
        async with make_runner(store).turn():
            pass

    asyncio.run(both())


def test_a_run_that_nobody_can_be_running_has_died(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.put_job_state(JobState("measure-tags").begun(NOW_US, None, "other:7"))
    with caplog.at_level(logging.WARNING):
        in_turn(make_runner(store))
    died = store.job_states()["measure-tags"]
    assert (died.outcome, died.died, died.line) == ("died", 1, "other:7 is gone without a word")
    assert caplog.messages == ["a daily job died: nobody has heard the end of measure-tags"]


def test_a_run_that_is_called_off_is_stopped_and_no_try(store: Store) -> None:
    async def call_off() -> None:
        task = asyncio.create_task(run_one(make_runner(store, HANGS)))
        await reached(store.job_states)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def run_one(runner: Runner) -> None:
        async with runner.turn() as run:
            await run("attribute", silent)

    asyncio.run(call_off())
    state = store.job_states()["attribute"]
    assert (state.outcome, state.stopped, state.tries) == ("stopped", 1, 0)
    assert in_turn(make_runner(store)).outcome == "done"


def test_progress_is_told_and_stored_while_it_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TELL_S", 0.0)
    monkeypatch.setattr(module, "_LOOK_S", 0.05)
    script = "import sys; print('credits: 3 of 9', file=sys.stderr, flush=True); sys.stdin.readline()"
    told: list[tuple[str, int, int]] = []

    async def until_told() -> JobState:
        task = asyncio.create_task(run_one())
        await reached(lambda: [state for state in store.job_states().values() if state.stage])
        known = store.job_states()["attribute"]
        task.cancel()
        await asyncio.wait({task})
        return known

    async def run_one() -> None:
        async with make_runner(store, script).turn() as run:
            await run("attribute", lambda *step: told.append(step))

    state = ask(until_told())
    assert (state.is_open, state.stage, state.stage_done, state.stage_total) == (True, "credits", 3, 9)
    assert told == [("credits", 3, 9)]


def test_who_loses_the_turn_ends_the_run(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_S", 0.05)
    (other := store.lock("jobs-run")).close()

    async def lose() -> JobState:
        async with make_runner(store, HANGS).turn() as run:
            task = asyncio.create_task(asyncio.wait_for(run("attribute", silent), 60))
            await reached(store.job_states)
            (tmp_path / "bank.db-jobs-run").unlink()
            assert other.take()
            return await task

    state = ask(lose())
    other.close()
    assert (state.outcome, state.line) == ("failed", "ended because the store no longer answers")


def test_who_has_lost_the_turn_does_not_overwrite_what_the_next_one_has_done(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_S", 0.05)
    other = store.lock("jobs-run")

    async def lose() -> JobState:
        async with make_runner(store, HANGS).turn() as run:
            task = asyncio.create_task(asyncio.wait_for(run("attribute", silent), 60))
            await reached(store.job_states)
            mine = store.job_states()["attribute"]
            died = mine.ended(NOW_US + 1, "died", "gone")
            done = died.begun(NOW_US + 2, None, "other:7").ended(NOW_US + 3, "done", "all")
            store.put_job_state(done)
            (tmp_path / "bank.db-jobs-run").unlink()
            assert other.take()
            await task
            return done

    done = ask(lose())
    other.close()
    assert store.job_states()["attribute"] == done


def test_who_has_lost_the_turn_and_is_called_off_overwrites_nothing(store: Store) -> None:
    async def call_off() -> JobState:
        async with make_runner(store, HANGS).turn() as run:
            task = asyncio.create_task(run("attribute", silent))
            await reached(store.job_states)
            theirs = JobState("attribute").begun(NOW_US + 5, None, "other:7")
            store.put_job_state(theirs)
            task.cancel()
            await asyncio.wait({task})
            return theirs

    assert ask(call_off()) == store.job_states()["attribute"]


def test_the_end_of_a_run_is_stored_when_the_store_can_be_written_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_AGAIN_S", 0.01)
    put, busy = store.put_job_state, [2]

    def sometimes(state: JobState) -> None:
        if not state.is_open and busy[0]:
            busy[0] -= 1
            raise StoreBusy("somebody writes")
        put(state)

    monkeypatch.setattr(store, "put_job_state", sometimes)
    in_turn(make_runner(store))
    assert (busy, store.job_states()["attribute"].outcome) == ([0], "done")


def test_every_job_has_a_standing_before_it_has_ever_run(store: Store) -> None:
    standings = ask(make_runner(store, jobs_at="03:00").standings())
    assert [one.state for one in standings] == [JobState(job) for job in JOBS]
    assert not any(one.due.is_ready for one in standings), "a bank that was founded just now has missed nothing"
