"""Daily jobs over HTTP: in development mode only, one at a time, at the service's moved clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.auth import new_key
from service.calendar import DAY_US
from service.clock import from_us
from service.settings import DEVELOPMENT_KEY
from service.simulate import simulate
from tests.sample_bank import UNTIL, SampleBank, Service, load_bank, serving


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over a bank of thirty customers."""
    folder = tmp_path_factory.mktemp("jobs")
    bank = SampleBank(folder / "source", folder / "data")
    simulate(bank.source, customers=30, products=60, days=60, until=UNTIL, seed=3)
    with serving(load_bank(bank).settings()) as service:
        yield service


def test_a_job_runs_at_the_moved_clock_and_is_in_force_when_it_returns(small: Service) -> None:
    moved = from_us(small.runtime.clock.now_us() + 7 * DAY_US).isoformat()
    small.client.put("/v1/dev/clock", json={"now": moved})
    answer = small.client.post("/v1/dev/jobs/snapshot-tiers", headers=small.as_service)
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["job"], done["exit_code"]) == ("snapshot-tiers", 0)
    assert done["line"].startswith("tiers of ")
    known = small.runtime.store.job_states()["snapshot-tiers"]
    assert (known.outcome, known.line, known.done) == ("done", done["line"], 1)


def test_a_job_that_fails_says_so_in_its_last_line(small: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.jobs.runner.sys.executable", "/bin/false")
    done = small.client.post("/v1/dev/jobs/train", headers=small.as_service).json()
    assert (done["exit_code"], done["line"]) == (1, "it gave no reason")


def test_a_second_job_waits_for_nobody_and_is_refused(small: Service) -> None:
    turn = small.runtime.store.lock("jobs-run")
    assert turn.take()
    try:
        answer = small.client.post("/v1/dev/jobs/train", headers=small.as_service)
        assert (answer.status_code, answer.json()["code"]) == (409, "job_running")
    finally:
        turn.close()


def test_a_job_that_is_none_is_not_found(small: Service) -> None:
    answer = small.client.post("/v1/dev/jobs/erase", headers=small.as_service)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")


def test_another_scope_runs_no_job(small: Service) -> None:
    key = new_key(small.runtime.store, ["audit:read"], small.runtime.clock.now_us())
    assert small.client.post("/v1/dev/jobs/train", headers={"X-API-Key": key}).status_code == 403


def test_in_production_there_are_no_jobs_over_http(bank: SampleBank, postgres_url: str) -> None:
    keys = {name: f"{name}-{'k' * 40}" for name in ("jwt_key", "secret_key", "unit_key")}
    assert DEVELOPMENT_KEY not in keys.values()
    keys |= {"jwt_issuer": "https://login.bank.example", "database_url": postgres_url}
    settings = bank.settings(mode="production", now="", **keys)
    with serving(settings) as service:
        answer = service.client.post("/v1/dev/jobs/train", headers=service.as_service)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_here")
