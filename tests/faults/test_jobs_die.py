"""Services and jobs die in the middle: another one takes over, what was half done is finished, nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from service.bootstrap import runtime_of, store_of
from service.child_server import free_port, wait_for
from service.job_state import JobState
from service.jobs import schedule
from service.jobs.attribute import attribute
from service.jobs.runner import Runner
from service.progress import silent
from service.settings import PREFIX, Settings
from service.simulate import simulate
from tests.sample_bank import NOW, UNTIL, SampleBank, load_rows

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 90.0
TAKEN_OVER_S = 10.0
JOBS = tuple(job for job in schedule.JOBS if job != "train")
SCHEDULE = {"jobs_at": "03:00", "jobs_train_on": "", "jobs_pause_s": "1"}
CREDITED_BEFORE = 10
DIES_HALFWAY = f"""
import os, signal
from service.bootstrap import runtime_of
from service.jobs import attribute
from service.settings import load_settings

attribute.PAGE = 5

def die(stage, done, total):
    if done >= {CREDITED_BEFORE}:
        os.kill(os.getpid(), signal.SIGKILL)

with runtime_of(load_settings()) as runtime:
    attribute.attribute(runtime, die)
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    folder = tmp_path_factory.mktemp("jobs")
    made = SampleBank(folder / "source", folder / "data")
    simulate(made.source, customers=30, products=60, days=60, until=UNTIL, seed=3)
    return load_rows(made)


@pytest.fixture
def settings(imported: SampleBank, tmp_path: Path) -> Settings:
    return imported.copy(tmp_path / "data").settings(**SCHEDULE)


class Serving:
    """A service in a process of its own, its clock at noon of the day that the bank ends."""

    def __init__(self, settings: Settings) -> None:
        port = free_port()
        given = {name: getattr(settings, name) for name in ("data_dir", *SCHEDULE)} | {"now": NOW}
        environment = {**os.environ, **{PREFIX + name.upper(): value for name, value in given.items()}}
        command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port)]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        wait_for(f"{self.url}/livez", self.process, LIMIT_S)

    def move(self, now: str) -> None:
        """Move its clock."""
        body, headers = orjson.dumps({"now": now}), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/v1/dev/clock", body, headers, method="PUT")  # noqa: S310 - loopback
        urllib.request.urlopen(request, timeout=LIMIT_S).close()  # noqa: S310

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=LIMIT_S) as answer:  # noqa: S310 - loopback
            lines = answer.read().decode().splitlines()
        return next((float(one.rpartition(" ")[2]) for one in lines if one.startswith(f"huojia_job_{name} ")), 0.0)

    def children(self) -> list[int]:
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def stop(self) -> int:
        """End it as an operator does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LIMIT_S)


@pytest.fixture
def pair(settings: Settings) -> Iterator[tuple[Serving, Serving]]:
    services = (Serving(settings), Serving(settings))
    try:
        for one in services:
            one.wait()
        yield services
    finally:
        for one in services:
            one.process.kill()
            one.process.wait()


def seconds_until(reached: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not reached():
        assert time.monotonic() - began < LIMIT_S
        time.sleep(0.05)
    return time.monotonic() - began


def are_gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def states(settings: Settings) -> dict[str, JobState]:
    with store_of(settings) as store:
        return store.job_states()


@pytest.mark.slow
def test_a_leader_that_is_killed_is_followed_and_the_jobs_of_the_day_run_once(
    pair: tuple[Serving, Serving], settings: Settings
) -> None:
    seconds_until(lambda: sum(one.metric("leader") for one in pair) == 1)
    leader, other = sorted(pair, key=lambda one: -one.metric("leader"))
    assert [other.metric(f'running{{job="{job}"}}') for job in JOBS] == [0] * len(JOBS)
    for one in pair:
        one.move("2026-11-02T04:00:00Z")
    seconds_until(lambda: bool(leader.children()))
    children = leader.children()
    leader.process.kill()
    assert len(children) == 1
    seconds_until(lambda: other.metric('lag_seconds{job="snapshot-tiers"}') >= 9 * 3600)
    assert seconds_until(lambda: other.metric("leader") == 1) < TAKEN_OVER_S
    assert seconds_until(lambda: are_gone(children)) < TAKEN_OVER_S
    seconds_until(lambda: all(other.metric(f'runs_total{{job="{job}",outcome="done"}}') == 1 for job in JOBS))
    seconds_until(lambda: all(other.metric(f'lag_seconds{{job="{job}"}}') == 0 for job in JOBS))
    assert other.metric('last_success_timestamp_seconds{job="attribute"}') >= 1_793_592_000
    known = states(settings)
    ended = [(known[job].done, known[job].died, known[job].failed) for job in JOBS]
    assert ended == [(1, 1, 0), *[(1, 0, 0)] * (len(JOBS) - 1)]

    other.move("2026-11-03T04:00:00Z")
    seconds_until(lambda: bool(other.children()))
    children = other.children()
    assert other.stop() in (0, -signal.SIGTERM)
    assert are_gone(children)
    stopped = states(settings)["snapshot-tiers"]
    assert (stopped.outcome, stopped.tries) == ("stopped", 0)


def test_a_job_that_died_halfway_is_finished_not_begun_anew(settings: Settings) -> None:
    def halfway(job: str) -> tuple[str, ...]:
        return (sys.executable, "-c", DIES_HALFWAY)

    async def run_it(runner: Runner) -> JobState:
        async with runner.turn() as run:
            return await run("attribute", silent)

    with runtime_of(settings) as runtime:
        everybody = len(runtime.store.everybody())
        died = asyncio.run(run_it(Runner(settings, runtime.clock, runtime.store, halfway)))
        assert (died.outcome, died.line) == ("died", "ended by SIGKILL")
        assert 0 < attribute(runtime).customers <= everybody - CREDITED_BEFORE
        assert attribute(runtime).customers == 0
