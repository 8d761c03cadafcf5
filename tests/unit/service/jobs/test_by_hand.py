"""A job run by its own command takes the turn, counts like any other run, and ends where the turn is lost."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.bootstrap import runtime_of
from service.commands import training
from service.errors import JobRunning, ModelStays, Refused
from service.job_state import JobState
from service.jobs import _until_stored as storing
from service.jobs import by_hand as module
from service.jobs.by_hand import ByHand
from service.progress import Progress, silent
from service.runtime import Runtime
from service.settings import load_settings
from service.stores._jobs import own_name
from service.stores.protocols import StoreBusy


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with runtime_of(load_settings({}, {"data_dir": str(tmp_path / "bank"), "now": "2026-11-01T04:00:00Z"})) as running:
        yield running


def state_of(runtime: Runtime) -> JobState:
    return runtime.store.job_states()["attribute"]


def test_a_run_is_the_days_run_with_what_it_came_to(runtime: Runtime) -> None:
    with ByHand(runtime, "attribute", silent) as run:
        assert state_of(runtime).is_open
        run.line = "3 customers"
    state = state_of(runtime)
    assert (state.outcome, state.line, state.ran_by, state.done) == ("done", "3 customers", own_name(), 1)
    assert state.succeeded_us == state.begun_us
    assert state.seconds is not None


def test_a_second_one_is_refused_and_says_nothing_of_the_first(runtime: Runtime) -> None:
    with ByHand(runtime, "attribute", silent):
        with pytest.raises(JobRunning, match="is running a daily job"), ByHand(runtime, "measure-tags", silent):
            raise AssertionError
        assert list(runtime.store.job_states()) == ["attribute"]
    assert state_of(runtime).outcome == "done"


@pytest.mark.parametrize(
    ("error", "outcome", "line"),
    [
        (Refused("no such folder"), "stopped", "huojia: no such folder"),
        (OSError("no room"), "failed", "huojia: no room"),
        (ModelStays("no better"), "refused", "huojia: no better"),
        (StoreBusy("somebody writes"), "failed", "huojia: somebody writes"),
        (KeyError("C000001"), "failed", "huojia: unforeseen KeyError"),
        (KeyboardInterrupt(), "stopped", "interrupted"),
    ],
)
def test_how_it_ends_is_kept_and_raised(runtime: Runtime, error: BaseException, outcome: str, line: str) -> None:
    with pytest.raises(type(error)), ByHand(runtime, "attribute", silent):
        raise error
    assert (state_of(runtime).outcome, state_of(runtime).line) == (outcome, line)
    with ByHand(runtime, "attribute", silent):
        pass  # the turn is free again


def test_a_dry_run_needs_no_turn_and_is_no_run(runtime: Runtime) -> None:
    with ByHand(runtime, "attribute", silent), ByHand(runtime, "measure-tags", silent, dry=True):
        pass
    assert list(runtime.store.job_states()) == ["attribute"]


def test_one_that_looks_at_another_time_takes_the_turn_and_is_not_the_days_run(runtime: Runtime) -> None:
    aside, other = ByHand(runtime, "measure-tags", silent, kept=False), ByHand(runtime, "attribute", silent)
    with aside, pytest.raises(JobRunning), other:
        raise AssertionError
    assert runtime.store.job_states() == {}


def test_in_a_process_of_the_runner_the_turn_is_had_already(runtime: Runtime) -> None:
    def inside() -> None:
        ByHand.in_turn()
        with ByHand(runtime, "attribute", silent):
            pass

    with ByHand(runtime, "measure-tags", silent):
        contextvars.copy_context().run(inside)
    assert list(runtime.store.job_states()) == ["measure-tags"]


def test_progress_is_told_and_stored(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TELL_S", 0.0)
    told: list[tuple[str, int, int]] = []
    with ByHand(runtime, "attribute", lambda *step: told.append(step)) as run:
        run("credits", 3, 9)
        state = state_of(runtime)
    assert told == [("credits", 3, 9)]
    assert (state.stage, state.stage_done, state.stage_total) == ("credits", 3, 9)


def test_who_loses_the_turn_ends(runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TELL_S", 0.0)
    other = runtime.store.lock("jobs-run")
    with ByHand(runtime, "attribute", silent) as run:
        (tmp_path / "bank" / "huojia.db-jobs-run").unlink()
        assert other.take()
        with pytest.raises(Refused, match="another process has the turn"):
            run("credits", 3, 9)
    other.close()


def test_a_training_that_was_asked_for_wrongly_is_no_try_of_the_day(runtime: Runtime, tmp_path: Path) -> None:
    for _ in range(3):
        with pytest.raises(Refused, match="no such folder"):
            training.train(runtime.settings, "", older=False, as_json=False, factors=str(tmp_path / "typo"))
    state = runtime.store.job_states()["train"]
    assert (state.tries, state.failed, state.outcome) == (0, 0, "stopped")


def test_a_training_tells_its_stages_and_ends_where_the_turn_is_lost(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, found = runtime.store.lock("jobs-run"), []

    def lose(_: Runtime, day: int, progress: Progress, given: object) -> None:
        progress("read", 0, 4)
        progress("fit", 1, 4)
        found.append(runtime.store.job_states()["train"].stage)
        (tmp_path / "bank" / "huojia.db-jobs-run").unlink()
        assert other.take()
        progress("promote", 3, 4)

    monkeypatch.setattr(training, "fit_and_judge", lose)
    with pytest.raises(Refused, match="another process has the turn"):
        training.train(runtime.settings, "", older=False, as_json=False)
    other.close()
    assert found == ["fit"]


def test_how_it_ended_is_stored_when_the_store_can_be_written_again(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_AGAIN_S", 0.01)
    put, busy = runtime.store.put_job_state, [2]

    def sometimes(state: JobState) -> None:
        if not state.is_open and busy[0]:
            busy[0] -= 1
            raise StoreBusy("somebody writes")
        put(state)

    monkeypatch.setattr(runtime.store, "put_job_state", sometimes)
    with ByHand(runtime, "attribute", silent):
        pass
    assert (busy, state_of(runtime).outcome) == ([0], "done")
