"""The load test itself: it passes over a service that works, on two workers too, and fails over one that errs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.__main__ import loaded
from loadtest.bank import Bank, CannotRun, built, copied, running
from loadtest.planning import count, positive
from loadtest.switches import WORKERS, proof
from service.settings import PREFIX
from tests.sample_bank import NOW, SampleBank

ROOT = Path(__file__).parents[2]
TIMES = 24


@pytest.fixture
def folder(written: SampleBank, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample bank's folder, as `huojia demo` would have left it."""
    monkeypatch.setenv(PREFIX + "NOW", NOW)
    (written.data_dir / "demo.json").write_text('{"customers": 2600, "products": 400, "seed": 7}')
    return written.data_dir


@pytest.mark.slow
def test_on_two_workers_the_next_request_obeys_and_no_answer_under_load_is_wrong(folder: Path) -> None:
    """Also with HUOJIA_DATABASE_URL set: then both workers share the database that it names."""
    given = argparse.Namespace(seconds=3.0, users=20, rate=20.0, shape="steady", seed=1, swaps=0)
    bank = built(folder, None)
    with copied(bank) as copy, running(copy, WORKERS) as url:
        told = proof(copy, url, TIMES)
        assert told["obeyed"] == TIMES, told["switches"]
        assert min(told["shelves_by_worker"]) > TIMES / 2
        summary = loaded(copy, url, given, [])
    assert summary["passed"], summary["failed"]
    assert summary["calls"]["shelf"]["count"] > 0
    assert summary["calls"]["my events"]["count"] > 0


@pytest.mark.slow
def test_over_a_service_that_errs_the_exit_code_says_so(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "loadtest", "--data-dir", str(folder), "--json", str(report)]
    command += ["--seconds", "2", "--users", "10", "--rate", "10"]
    environment = {**os.environ, PREFIX + "MAX_BODY_BYTES": "1024"}  # most batches of events are larger
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    summary = json.loads(report.read_text())
    assert not summary["passed"]
    assert any(fault.startswith("my events: status 413") for fault in summary["faults"])
    assert json.loads(done.stdout.splitlines()[-1]) == summary
    assert "FAIL" in done.stdout


def test_a_bank_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path) -> None:
    bank = Bank(tmp_path, {**os.environ, PREFIX + "DATA_DIR": str(tmp_path), PREFIX + "PORT": "x"})
    with pytest.raises(CannotRun, match="HUOJIA_PORT"):
        bank.command("keys", "create", "--scope", "shelf:read")


@pytest.mark.parametrize("text", ["-1", "x", "1.5", ""])
def test_numbers_of_the_command_are_whole(text: str) -> None:
    for kind in (count, positive):
        with pytest.raises(argparse.ArgumentTypeError):
            kind(text)
    with pytest.raises(argparse.ArgumentTypeError):
        positive("0")
