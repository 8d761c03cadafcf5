"""When a daily job is due: once at each of its times by the bank's clocks, the last of those that were missed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from service.calendar import BankCalendar
from service.clock import iso, to_us
from service.job_state import JobState
from service.jobs.schedule import JOBS, Schedule
from service.settings import load_settings

MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000


def schedule(at: str = "03:00", timezone: str = "Asia/Shanghai", **settings: str) -> Schedule:
    given = {"jobs_at": at, "jobs_train_on": "daily", **settings}
    return Schedule.of(load_settings({}, given), BankCalendar(timezone))


def us(text: str) -> int:
    return to_us(dt.datetime.fromisoformat(text))


def next_times(of: Schedule, job: str, after: str, number: int) -> list[str]:
    """The next times by the clocks of the schedule's zone."""
    found, at_us = [], us(after)
    for _ in range(number):
        next_us = of.next_us(job, at_us)
        assert next_us is not None
        found.append(iso(next_us))
        at_us = next_us
    return found


def state(**known: Any) -> JobState:
    return JobState("attribute", **known)


def test_a_job_is_due_every_day_at_its_time_where_clocks_never_change() -> None:
    times = next_times(schedule(), "attribute", "2026-11-01T00:00:00+08:00", 3)
    assert times == ["2026-10-31T19:00:00Z", "2026-11-01T19:00:00Z", "2026-11-02T19:00:00Z"]


def test_a_time_is_not_due_again_at_its_own_instant() -> None:
    assert next_times(schedule(), "attribute", "2026-11-01T03:00:00+08:00", 1) == ["2026-11-01T19:00:00Z"]


def test_a_time_that_the_clocks_skip_is_due_once_as_the_clocks_before_count() -> None:
    times = next_times(schedule("02:30", "Europe/Berlin"), "attribute", "2027-03-27T12:00:00+01:00", 2)
    assert times == ["2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"]  # 03:30 on the day without 02:30


def test_a_time_that_comes_twice_is_due_the_first_time_only() -> None:
    times = next_times(schedule("02:30", "Europe/Berlin"), "attribute", "2026-10-24T12:00:00+02:00", 2)
    assert times == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]


def test_a_day_that_a_zone_left_out_is_due_once() -> None:
    apia = schedule("03:00", "Pacific/Apia")  # it had no 30 December 2011
    times = next_times(apia, "attribute", "2011-12-29T12:00:00-10:00", 2)
    assert times == ["2011-12-30T13:00:00Z", "2011-12-31T13:00:00Z"]


@pytest.mark.parametrize("at", ["00:00", "23:59"])
@pytest.mark.parametrize("timezone", ["Asia/Shanghai", "America/New_York", "Pacific/Apia", "Asia/Kolkata"])
def test_the_newest_time_is_past_and_the_next_one_is_to_come_at_every_minute_of_two_years(
    at: str, timezone: str
) -> None:
    of = schedule(at, timezone)
    for now_us in range(us("2011-01-01T00:00:00Z"), us("2013-01-01T00:00:00Z"), 7_919 * MINUTE_US // 10):
        newest_us, next_us = of.newest_us(now_us), of.next_us("attribute", now_us)
        assert next_us is not None
        assert newest_us <= now_us < next_us
        assert of.next_us("attribute", newest_us) == next_us


@pytest.mark.parametrize(("on", "days"), [("sunday", [1, 8]), ("monday", [2, 9]), ("daily", [1, 2])])
def test_training_has_days_of_its_own(on: str, days: list[int]) -> None:
    times = next_times(schedule("12:00", jobs_train_on=on), "train", "2026-11-01T00:00:00+08:00", 2)
    assert times == [f"2026-11-{day:02}T04:00:00Z" for day in days]


def test_training_may_never_be_due() -> None:
    never = schedule(jobs_train_on="")
    assert never.next_us("train", 0) is None
    assert never.due(JobState("train"), 0, us("2026-11-01T12:00:00Z")).lag_us == 0


def test_what_has_never_run_is_due_from_the_first_time_after_the_bank_was_founded() -> None:
    founded_us = us("2026-11-01T10:00:00+08:00")
    assert not schedule().due(state(), founded_us, us("2026-11-02T02:59:00+08:00")).is_ready
    due = schedule().due(state(), founded_us, us("2026-11-02T03:01:00+08:00"))
    assert (due.is_ready, due.lag_us, due.next_us) == (True, MINUTE_US, us("2026-11-02T03:00:00+08:00"))


def test_days_that_were_missed_are_made_up_for_once_and_late_since_the_first_of_them() -> None:
    done_us = us("2026-11-01T03:00:01+08:00")
    now_us = us("2026-11-06T15:00:00+08:00")
    due = schedule().due(state(succeeded_us=done_us), 0, now_us)
    assert (due.is_ready, due.lag_us) == (True, (4 * 24 + 12) * HOUR_US)
    after = schedule().due(state(succeeded_us=now_us), 0, now_us + 1)
    assert (after.is_ready, after.lag_us, after.next_us) == (False, 0, us("2026-11-07T03:00:00+08:00"))


def test_a_run_that_began_before_its_time_does_not_stand_for_it() -> None:
    began_us, now_us = us("2026-11-02T02:59:59+08:00"), us("2026-11-02T03:30:00+08:00")
    assert schedule().due(state(succeeded_us=began_us), 0, now_us).is_ready


def test_what_runs_already_is_late_but_not_to_be_begun_again() -> None:
    now_us = us("2026-11-02T03:30:00+08:00")
    due = schedule().due(state(begun_us=now_us - 1), 0, now_us)
    assert (due.is_ready, due.lag_us > 0) == (False, True)


def failed(tries: int, ended: str = "2026-11-02T03:01:00+08:00") -> JobState:
    return state(due_us=us("2026-11-02T03:00:00+08:00"), begun_us=1, ended_us=us(ended), outcome="failed", tries=tries)


@pytest.mark.parametrize(("tries", "pause_s"), [(1, 60), (2, 240), (3, 960)])
def test_each_try_waits_four_times_as_long_as_the_one_before(tries: int, pause_s: int) -> None:
    of, ended_us = schedule(jobs_tries="9"), us("2026-11-02T03:01:00+08:00")
    assert not of.due(failed(tries), 0, ended_us + pause_s * 1_000_000 - 1).is_ready
    assert of.due(failed(tries), 0, ended_us + pause_s * 1_000_000).is_ready


def test_a_job_is_given_up_after_its_tries_and_tried_again_the_next_day_a_weekly_one_too() -> None:
    of = schedule(jobs_tries="3", jobs_train_on="monday")
    for job in ("attribute", "train"):  # 2 November is a Monday
        given_up = JobState(**{**failed(3).row(), "job": job})
        late = of.due(given_up, 0, us("2026-11-02T23:00:00+08:00"))
        assert (late.is_ready, late.lag_us > 0) == (False, True)
        assert of.due(given_up, 0, us("2026-11-03T03:00:00+08:00")).is_ready


def test_a_clock_that_was_moved_back_makes_nobody_wait() -> None:
    of = schedule(jobs_tries="9")
    assert of.due(failed(1), 0, us("2026-11-02T03:00:30+08:00")).is_ready


def test_without_a_schedule_a_job_is_due_from_midnight() -> None:
    of = schedule("")
    assert of.newest_us(us("2026-11-02T03:30:00+08:00")) == us("2026-11-02T00:00:00+08:00")


def test_the_jobs_are_in_the_order_of_a_day() -> None:
    assert JOBS == ("snapshot-tiers", "attribute", "measure-tags", "infer-tags", "train")
