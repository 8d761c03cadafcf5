"""One process of the bank has the turn to run jobs; what it says of a run holds while it has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.calendar import BankCalendar
from service.errors import JobRunning
from service.job_state import JobState, LeaderSchedule
from service.jobs.schedule import Schedule
from service.jobs.turn import Turn
from service.settings import load_settings
from service.stores._jobs import own_name
from service.stores.open import open_store
from service.stores.protocols import Store
from tests.contract.bank import make_bank
from tests.factories import NOW_US

SETTINGS = load_settings({}, {"jobs_at": "03:00"})
SCHEDULE = Schedule.of(SETTINGS, BankCalendar(SETTINGS.timezone))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/bank.db", make_bank())
    yield opened
    opened.close()


def test_a_second_one_is_told_who_runs_a_job(store: Store) -> None:
    mine, theirs = Turn(store, SETTINGS), Turn(store, SETTINGS)
    mine.take(NOW_US)
    with pytest.raises(JobRunning, match=f"{own_name()} is running a daily job"):
        theirs.take(NOW_US)
    mine.close()
    theirs.take(NOW_US)
    theirs.close()


def test_a_run_is_kept_from_its_beginning_to_its_end(store: Store) -> None:
    turn = Turn(store, SETTINGS)
    turn.take(NOW_US)
    state = turn.begin("attribute", NOW_US)
    assert store.job_states() == {"attribute": state}
    assert (state.is_open, state.due_us, state.ran_by) == (True, SCHEDULE.newest_us(NOW_US), own_name())
    ended = state.ended(NOW_US + 1, "done", "all")
    turn.settle(ended)
    turn.close()
    assert store.job_states() == {"attribute": ended}


def test_who_comes_too_late_overwrites_nothing(store: Store) -> None:
    turn = Turn(store, SETTINGS)
    turn.take(NOW_US)
    state = turn.begin("attribute", NOW_US)
    next_one = JobState("attribute").begun(NOW_US + 5, None, "other:7")
    store.put_job_state(next_one)
    turn.settle(state.ended(NOW_US + 9, "done", "all"))
    turn.close()
    assert store.job_states() == {"attribute": next_one}


def test_a_run_counts_by_the_schedule_of_the_process_that_leads(store: Store) -> None:
    store.put_leader_schedule(LeaderSchedule(own_name(), "05:15", "daily", "3", "Europe/Berlin"))
    leader, turn = store.lock("jobs-leader"), Turn(store, SETTINGS)
    assert leader.take()
    turn.take(NOW_US)
    led = load_settings({}, {"jobs_at": "05:15", "timezone": "Europe/Berlin"})
    theirs_us = Schedule.of(led, BankCalendar(led.timezone)).newest_us(NOW_US)
    assert turn.begin("attribute", NOW_US).due_us == theirs_us != SCHEDULE.newest_us(NOW_US)
    leader.close()
    assert turn.begin("attribute", NOW_US).due_us == SCHEDULE.newest_us(NOW_US), "who told it leads no more"
    turn.close()
