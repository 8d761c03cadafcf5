"""The bank that is loaded: built once by the command, then run on a copy, so that every run begins alike."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "HUOJIA_"
CUSTOMERS = 2_000
_START_S = 120.0
# Neither what it was imported from nor what earlier services left behind.
_NOT_COPIED = shutil.ignore_patterns("bank", "imports", "spool")


class CannotRun(Exception):
    """The load cannot be put on; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Bank:
    """A data folder, and the environment in which commands and services over it run."""

    folder: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str, quiet: bool = True) -> str:
        """What the command `huojia` prints; raises CannotRun with its own sentence where it refuses."""
        done = subprocess.run(
            [sys.executable, "-m", "service.cli", *arguments],
            env=dict(self.environment),
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.PIPE if quiet else None,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr or "").strip()
            raise CannotRun(said.splitlines()[-1] if said else f"huojia {arguments[0]}: exit code {done.returncode}")
        return done.stdout or ""

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        """What the command prints, as JSON."""
        return json.loads(self.command(*arguments, "--json"))


def built(folder: Path, customers: int | None) -> Bank:
    """The sample bank in a folder, built where there is none yet; a second run finds it and starts at once."""
    bank = Bank(folder, environment_of(folder))
    if not (folder / "demo.json").exists() or customers is not None:
        bank.command("demo", "--no-serve", "--customers", str(customers or CUSTOMERS), quiet=False)
    return bank


def environment_of(folder: Path, **settings: str) -> dict[str, str]:
    """The process's environment with the data folder; HUOJIA_DATABASE_URL and the like are passed on as they are."""
    named = {PREFIX + name.upper(): value for name, value in settings.items()}
    quiet = {PREFIX + "LOG_LEVEL": "warning", PREFIX + "JOBS_AT": ""}  # load is measured beside no job
    return {**os.environ, PREFIX + "DATA_DIR": str(folder), **quiet, **named}


@contextmanager
def copied(bank: Bank) -> Iterator[Bank]:
    """A copy of the bank with a key of its own for tokens; with HUOJIA_DATABASE_URL the database is the one named."""
    with tempfile.TemporaryDirectory(prefix="huojia-load-", dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name) / "data"
        shutil.copytree(bank.folder, folder, ignore=_NOT_COPIED)
        yield Bank(folder, environment_of(folder, jwt_key=secrets.token_hex(32), mode="development"))


@contextmanager
def running(bank: Bank, workers: int = 1) -> Iterator[str]:
    """A service over the bank on a free port; its address."""
    port = free_port()
    command = [sys.executable, "-m", "service.cli", "serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers)] if workers > 1 else []
    log = bank.folder / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env=dict(bank.environment), stdout=file, stderr=file, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    lines = log.read_text("utf-8", "replace").splitlines()
    raise CannotRun(f"the service did not start: {lines[-1] if lines else 'it said nothing'}")
