"""What is known of a job after each of its runs."""

from __future__ import annotations

import pytest

from service.job_state import LINE_MAX, OUTCOMES, JobState, Outcome
from service.progress import Step

BEGUN = JobState("attribute").begun(10, 5, "host:1")


def test_a_run_is_open_from_its_beginning_to_its_end() -> None:
    assert not JobState("attribute").is_open
    assert BEGUN.is_open
    assert not BEGUN.ended(20, "done", "all").is_open


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_end_is_counted_by_its_outcome(outcome: Outcome) -> None:
    ended = BEGUN.ended(20, outcome, "line", 0.5)
    assert {name: getattr(ended, name) for name in OUTCOMES} == {**dict.fromkeys(OUTCOMES, 0), outcome: 1}
    assert (ended.outcome, ended.line, ended.seconds) == (outcome, "line", 0.5)


@pytest.mark.parametrize("outcome", ["done", "refused"])
def test_what_ran_to_its_end_is_a_success_of_the_time_it_began(outcome: Outcome) -> None:
    ended = BEGUN.ended(20, outcome, "line")
    assert (ended.succeeded_us, ended.failed_us) == (10, None)


def test_a_run_at_an_earlier_clock_does_not_move_the_last_success_back() -> None:
    ended = BEGUN.ended(20, "done", "all").begun(7, 5, "host:1").ended(8, "done", "all")
    assert (ended.begun_us, ended.succeeded_us, ended.done) == (7, 10, 2)


@pytest.mark.parametrize("outcome", ["failed", "died"])
def test_a_failure_keeps_its_line_while_later_runs_go_well(outcome: Outcome) -> None:
    failed = BEGUN.ended(20, outcome, "disk full")
    later = failed.begun(30, 5, "host:1").ended(40, "done", "all")
    assert (later.succeeded_us, later.failed_us, later.failed_line, later.line) == (30, 10, "disk full", "all")


def test_tries_count_from_one_time_of_the_schedule_to_the_next() -> None:
    again = BEGUN.ended(20, "failed", "").begun(30, 5, "host:1")
    assert (BEGUN.tries, again.tries, again.ended(40, "failed", "").begun(50, 45, "host:1").tries) == (1, 2, 1)


def test_a_run_that_was_stopped_is_no_try() -> None:
    assert BEGUN.ended(20, "stopped", "").begun(30, 5, "host:2").tries == 1


def test_a_new_run_begins_without_the_progress_of_the_one_before() -> None:
    at = BEGUN.at(Step("credits", 3, 9))
    assert (at.stage, at.stage_done, at.stage_total) == ("credits", 3, 9)
    anew = at.ended(20, "died", "").begun(30, 5, "host:1")
    assert (anew.stage, anew.stage_done, anew.stage_total, anew.outcome) == ("", 0, 0, None)


def test_a_long_line_is_cut() -> None:
    assert len(BEGUN.ended(20, "failed", "x" * 5_000).failed_line) == LINE_MAX
