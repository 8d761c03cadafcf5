"""Schemathesis with all its checks against a running service: what the OpenAPI file says is what happens.

`HUOJIA_FUZZ_SECONDS=300 pytest tests/fuzz` is the long form; without it the run is short enough for every CI run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.auth import SCOPES, new_key, new_token
from service.bootstrap import runtime_of
from service.child_server import free_port, wait_for
from service.commands.customers import sample
from service.settings import PREFIX
from tests.sample_bank import NOW, SampleBank

SECONDS = int(os.environ.get("HUOJIA_FUZZ_SECONDS", "20"))
SEED = 1
# Rules between the fields of a row (a window ends after it begins), what a policy or an experiment may say and which
# generation is in force cannot be said in a JSON schema; a version that was just written has no shadow yet.
ROWS = """
[[operations]]
include-path-regex = "^/v1/((products|customers)/[^/]+(/holdings|/tags|/consents/.*)?|tags/history)$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422", "5xx"]
[[operations]]
include-path-regex = "^/v1/policies/.*(?<!/shadow)$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422", "428", "5xx"]
[[operations]]
include-path-regex = "^/v1/(layers|holdouts|experiments)"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422", "428", "5xx"]
[[operations]]
include-path-regex = "^/v1/policies/.*/shadow$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422", "428", "5xx"]
checks.ensure_resource_availability.enabled = false
"""


def _credentials(bank: SampleBank) -> str:
    """The configuration of Schemathesis: a key of every scope and an active customer's token."""
    settings = bank.settings()
    with runtime_of(settings) as runtime:
        key = new_key(runtime.store, list(SCOPES), runtime.clock.now_us())
        token = new_token(settings, sample(runtime, 1)[0], int(time.time()))
    return f'[auth.openapi.customer]\nbearer = "{token}"\n[auth.openapi.service]\napi_key = "{key}"\n{ROWS}'


@contextmanager
def _running(bank: SampleBank, log: Path) -> Iterator[str]:
    """A service in a process of its own; its address."""
    port = free_port()
    environment = {**os.environ, PREFIX + "DATA_DIR": str(bank.data_dir), PREFIX + "NOW": NOW}
    command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", server, 60)
            yield f"http://127.0.0.1:{port}"
            assert server.poll() is None, "the service died"
        finally:
            server.terminate()


def _fuzz(folder: Path, address: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", "schemathesis.toml", "run"]
    limits = ["--max-time", str(SECONDS), "--seed", str(SEED), "--continue-on-failure"]
    # A job trains for minutes, a report reads the whole bank, a preview, results and a replay start a process each; all
    # have tests of their own.
    slow = "^/v1/((dev/jobs|reports)/|policies/.*preview$|experiments/.*/(results|health)$|replay$)"
    limits += ["--exclude-path-regex", slow]
    return subprocess.run(
        [*command, f"{address}/openapi.json", *limits],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS + 120,
        check=False,
    )


def _server_errors(address: str) -> list[str]:
    with urllib.request.urlopen(f"{address}/metrics") as answer:  # noqa: S310 - our own loopback address
        lines = answer.read().decode().splitlines()
    return [line for line in lines if line.startswith("huojia_requests_total") and 'status="5' in line]


@pytest.mark.slow
def test_no_check_fails_and_nothing_answers_5xx(bank: SampleBank, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(_credentials(bank))
    with _running(bank, tmp_path / "service.log") as address:
        done = _fuzz(tmp_path, address)
        errors = _server_errors(address)
    logged = [json.loads(line) for line in (tmp_path / "service.log").read_text().splitlines() if line.startswith("{")]
    assert done.returncode == 0, done.stdout[-6_000:]
    assert errors == []
    assert _unforeseen(logged) == []


def _unforeseen(logged: list[dict[str, Any]]) -> list[str]:
    return [line["error"] for line in logged if line["level"] == "error" and "error" in line]
