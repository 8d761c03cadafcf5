"""A run from the first question to the last file, against a service made of a few lines."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from service.commands import training
from service.errors import Refused
from service.jobs.schedule import JOBS
from service.simulate.live import FROZEN, LEARNING, live, run
from service.simulate.live.client import Answer, Call
from service.simulate.live.founding import greet
from tests.unit.service.simulate.live.pretending import PretendedService, bank, plan

FILES = {"weeks", "preferences", "tags", "events", "summary"}


class Reluctant(PretendedService):
    """Fails a job, or rejects whatever is named so."""

    failing: tuple[str, str] = ("", "")
    rejecting = ""

    def ask(self, call: Call) -> Answer:
        answer = super().ask(call)
        job, line = self.failing
        return Answer(200, {"exit_code": 1, "line": line}) if job and call.path.endswith(job) else answer

    def _take(self, kept: list[dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
        taken = super()._take(kept, row)
        return {"status": "rejected", "code": "bad"} if row.get("kind") == self.rejecting else taken


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Reluctant:
    small = bank()
    made = Reluctant(small)
    monkeypatch.setattr(run, "Client", lambda url, key: made)
    monkeypatch.setattr(run, "greet", lambda _: None)
    monkeypatch.setattr(run, "bank_again", lambda *_: small)
    monkeypatch.setattr(run, "meet", lambda *_: int(made.now.timestamp()))
    return made


def test_every_file_of_the_truth_is_written_and_the_jobs_run_in_their_order(service: Reluctant, tmp_path: Path) -> None:
    weeks = live("http://bank", "key", plan(weeks=2, jobs=LEARNING), tmp_path / "truth")
    assert service.jobs == [*LEARNING, *LEARNING]
    assert [week.promoted for week in weeks] == [1, 1]
    assert {path.stem for path in (tmp_path / "truth").glob("*.parquet")} == FILES
    summary = pq.read_table(tmp_path / "truth" / "summary.parquet").to_pylist()
    assert summary == [week.as_dict() for week in weeks]


def test_events_of_the_truth_are_those_that_were_sent(service: Reluctant, tmp_path: Path) -> None:
    live("http://bank", "key", plan(weeks=1), tmp_path)
    rows = pq.read_table(tmp_path / "events.parquet").to_pylist()
    assert [row["event_id"] for row in rows] == [event["event_id"] for event in service.events]
    bought = [row for row in rows if row["origin"] is not None]
    assert {row["kind"] for row in bought} <= {"purchase", "top_up"}
    assert all(row["decision_id"] for row in bought if row["through_shelf"])
    assert all(row["exposed"] for row in bought if row["origin"] == "exposure")


def test_a_wrong_key_or_address_is_told_before_the_bank_is_made_again(
    service: Reluctant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "greet", greet)
    monkeypatch.setattr(run, "bank_again", lambda *_: pytest.fail("the bank was made again"))
    monkeypatch.setattr(service, "tell", lambda _: {"products": 80})
    monkeypatch.setattr(service, "ask", lambda _: Answer(401, {"detail": "no such key"}))
    with pytest.raises(Refused, match="the service answers 401: no such key"):
        live("http://bank", "key", plan(weeks=1))
    monkeypatch.setattr(service, "tell", lambda _: None)
    with pytest.raises(Refused, match="--url: what answers there is not a service of this kind"):
        live("http://bank", "key", plan(weeks=1))


def test_a_service_that_learns_runs_every_daily_job() -> None:
    assert LEARNING == JOBS


def test_without_jobs_none_is_asked_for(service: Reluctant) -> None:
    weeks = live("http://bank", "key", plan(weeks=1))
    assert service.jobs == []
    assert weeks[0].promoted == 0


def test_a_job_that_fails_stops_the_run_and_leaves_the_truth_so_far(service: Reluctant, tmp_path: Path) -> None:
    service.failing = ("attribute", "no such command")
    with pytest.raises(Refused, match="the job attribute failed with exit code 1: no such command"):
        live("http://bank", "key", plan(weeks=2, jobs=LEARNING), tmp_path)
    assert pq.read_metadata(tmp_path / "summary.parquet").num_rows == 1


def test_a_model_that_is_no_better_is_no_failure(service: Reluctant) -> None:
    assert run.KEPT in inspect.getsource(training)
    service.failing = ("train", f"huojia: {run.KEPT}: map@10 0.1")
    weeks = live("http://bank", "key", plan(weeks=1, jobs=LEARNING))
    assert weeks[0].promoted == 0
    service.failing = ("snapshot-tiers", run.KEPT)
    with pytest.raises(Refused, match="snapshot-tiers failed"):
        live("http://bank", "key", plan(weeks=1, jobs=FROZEN))


def test_a_rejected_event_is_told_at_the_end(service: Reluctant, tmp_path: Path) -> None:
    service.rejecting = "login"
    with pytest.raises(Refused, match=r"rejected \d+ events or movements of money, most often: events: bad"):
        live("http://bank", "key", plan(weeks=1), tmp_path)
    assert pq.read_table(tmp_path / "summary.parquet")["rejected"][0].as_py() > 0
