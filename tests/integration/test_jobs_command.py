"""`huojia jobs`: how the daily jobs stand, and running them by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.bootstrap import store_of
from service.job_state import JobState, LeaderSchedule
from service.jobs import runner
from service.jobs.schedule import JOBS
from service.settings import load_settings
from service.stores._jobs import own_name
from tests.factories import NOW_US
from tests.integration.commanding import Run
from tests.sample_bank import SampleBank

LATER = {"now": "2026-11-03T04:00:00+00:00"}
PROGRAM = "#!/bin/sh\n[ $3 = attribute ] && { echo 'huojia: no room' >&2; exit 1; }\n"
PROGRAM += "echo 'customers: 30 of 30' >&2; echo \"$3 of 30 customers\"\n"


@pytest.fixture
def written(tmp_path: Path) -> SampleBank:
    """No bank of the sample's size is needed here."""
    return SampleBank(tmp_path / "source", tmp_path / "none")


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An empty bank of 1 November, two days later, with jobs that do nothing but speak; attribution fails."""
    program = tmp_path / "program"
    program.write_text(PROGRAM)
    program.chmod(0o700)
    monkeypatch.setattr(runner.sys, "executable", str(program))
    given = {"data_dir": str(tmp_path / "bank")}
    with store_of(load_settings({}, {**given, "now": "2026-11-01T04:00:00+00:00"})):
        pass
    return given | LATER | {"jobs_at": "03:00"}


def test_jobs_that_are_due_run_by_hand_with_progress_and_a_failure_ends_with_its_line(
    run: Run, at: dict[str, str]
) -> None:
    done = run("jobs", "run", **at)
    assert (done.code, done.err.splitlines()[-1]) == (1, "huojia: attribute failed: huojia: no room")
    assert "measure-tags, customers: 30 of 30" in done.err
    assert [line.partition(" (")[0] for line in done.out.splitlines()] == [
        "snapshot-tiers: snapshot-tiers of 30 customers",
        "measure-tags: measure-tags of 30 customers",
        "infer-tags: infer-tags of 30 customers",
    ]
    jobs = {one["job"]: one for one in run("jobs", "--json", **at).json["jobs"]}
    assert list(jobs) == list(JOBS)
    assert [jobs[job]["runs"]["done"] for job in JOBS] == [1, 0, 1, 1, 0], "training is weekly"
    assert jobs["attribute"]["last_failure"]["line"] == "huojia: no room"
    assert jobs["attribute"]["lag_s"] > 24 * 3600
    assert jobs["measure-tags"]["lag_s"] == 0
    assert jobs["measure-tags"]["last_success"].startswith("2026-11-03T04:00")


def test_a_second_run_by_hand_has_nothing_to_do_but_what_failed(run: Run, at: dict[str, str]) -> None:
    run("jobs", "run", **at)
    again = run("jobs", "run", "--json", **at)
    assert [(one["job"], one["outcome"]) for one in again.json] == [("attribute", "failed")]
    assert run("jobs", "run", "snapshot-tiers", "--json", **at).json[0]["outcome"] == "done"


def test_the_table_says_what_is_due_what_failed_what_runs_and_who_leads(run: Run, at: dict[str, str]) -> None:
    assert "no service leads" in run("jobs", **at).out
    run("jobs", "run", "attribute", **at)
    with store_of(load_settings({}, at)) as store:
        store.put_job_state(JobState("train").begun(NOW_US, None, "other:7"))
        leader, turn = store.lock("jobs-leader"), store.lock("jobs-run")
        assert leader.take()
        assert turn.take()
        said = run("jobs", **at).out
        assert f"{leader.holder()} leads" in said
        assert "by other:7: begun" in said
        leader.close()
        turn.close()
    assert "huojia: no room" in said
    assert "died: other:7 is gone without a word" in run("jobs", **at).out
    assert "2026-11-01T19:00:00Z" in said


def test_nothing_is_due_in_a_new_bank_and_a_job_that_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    new = {"data_dir": str(tmp_path / "new"), "jobs_at": "03:00"}
    assert run("jobs", "run", **new).out == "nothing is due; `huojia jobs run JOB` runs one all the same\n"
    done = run("jobs", "run", "erase", **new)
    assert (done.code, done.err) == (1, f"huojia: erase: no such job; there are {', '.join(JOBS)}\n")


def test_without_a_schedule_it_says_how_the_jobs_run(run: Run, at: dict[str, str]) -> None:
    assert "no schedule (HUOJIA_JOBS_AT)" in run("jobs", **{**at, "jobs_at": ""}).out


def test_the_schedule_told_is_that_of_the_process_that_leads(run: Run, at: dict[str, str]) -> None:
    own = run("jobs", "--json", **at).json
    assert (own["schedule"], own["schedule_of"], own["leader"]) == ("03:00", "here", None)
    assert "at 03:00, Asia/Shanghai, as set here; no service leads" in run("jobs", **at).out
    with store_of(load_settings({}, at)) as store:
        store.put_leader_schedule(LeaderSchedule(own_name(), "05:15", "daily", "3", "Europe/Berlin"))
        leader = store.lock("jobs-leader")
        assert leader.take()
        for here in (at, {**at, "jobs_at": ""}):
            told = run("jobs", "--json", **here).json
            assert (told["schedule"], told["schedule_of"], told["leader"]) == ("05:15", "leader", own_name())
            assert told["jobs"][-1]["due"] == "2026-11-01T04:15:00Z", "training too, by the leader's calendar"
        assert f"at 05:15, Europe/Berlin; {own_name()} leads" in run("jobs", **at).out
        leader.close()
    assert run("jobs", "--json", **at).json["schedule_of"] == "here", "who told it leads no more"


@pytest.mark.parametrize("command", ["snapshot-tiers", "attribute", "measure-tags", "infer-tags"])
def test_the_command_of_a_job_counts_and_waits_for_nobody(run: Run, at: dict[str, str], command: str) -> None:
    assert run(command, **at).code == 0
    (job,) = [one for one in run("jobs", "--json", **at).json["jobs"] if one["job"] == command]
    assert (job["runs"]["done"], job["lag_s"]) == (1, 0)
    assert job["last_success"].startswith("2026-11-03T04:00")
    assert job["newest"]["line"]
    with store_of(load_settings({}, at)) as store:
        turn = store.lock("jobs-run")
        assert turn.take()
        done = run(command, **at)
        turn.close()
    assert (done.code, done.out) == (1, "")
    assert done.err == f"huojia: {own_name()} is running a daily job; `huojia jobs` shows which\n"


@pytest.mark.parametrize("command", ["measure-tags", "infer-tags"])
def test_a_dry_run_is_no_run_and_goes_on_beside_one(run: Run, at: dict[str, str], command: str) -> None:
    with store_of(load_settings({}, at)) as store:
        turn = store.lock("jobs-run")
        assert turn.take()
        assert run(command, "--dry-run", **at).code == 0
        turn.close()
        assert store.job_states() == {}


def test_a_run_at_an_earlier_clock_moves_no_success_back(run: Run, at: dict[str, str]) -> None:
    run("attribute", **at)
    before = run("jobs", "--json", **at).json["jobs"][1]
    assert run("attribute", **{**at, "now": "2026-11-02T04:00:00+00:00"}).code == 0
    after = run("jobs", "--json", **at).json["jobs"][1]
    assert (after["last_success"], after["due"]) == (before["last_success"], before["due"])
    assert after["runs"]["done"] == 2


def test_who_runs_a_job_keeps_others_from_it(run: Run, at: dict[str, str]) -> None:
    with store_of(load_settings({}, at)) as store:
        turn = store.lock("jobs-run")
        assert turn.take()
        done = run("jobs", "run", "train", **at)
        turn.close()
    assert done.code == 1
    assert "is running a daily job; `huojia jobs` shows which" in done.err
