"""One bank of a study: simulated, imported, trained, and served by a child process while its customers live."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from service.auth import SCOPES
from service.child_server import free_port, wait_for
from service.errors import Refused
from service.settings import PREFIX

_START_S, _STOP_S = 120.0, 60.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large the banks of a study are and how long they live; `until` is the last midnight before the live weeks.

    `trained`: a first model is trained on the history before the live weeks; else the service begins without one. In
    the first `warm_up` of the weeks nothing is learnt; then the market turns by `market_turn` (docs/living-bank.md).
    """

    customers: int
    products: int
    days: int
    weeks: int
    until: str
    trained: bool = True
    warm_up: int = 0
    market_turn: float = 0.0
    exposure_lift: float = 1.5
    task_effect: float = 0.3

    def arguments(self, seed: int) -> list[str]:
        """The options of `simulate` that name this bank."""
        return [
            *("--customers", str(self.customers)),
            *("--products", str(self.products)),
            *("--days", str(self.days)),
            *("--until", self.until),
            *("--seed", str(seed)),
        ]

    def planted(self) -> list[str]:
        """The options of `simulate --live` that say what happens in the bank."""
        return [
            *("--warm-up", str(self.warm_up)),
            *("--market-turn", str(self.market_turn)),
            *("--exposure-lift", str(self.exposure_lift)),
            *("--task-effect", str(self.task_effect)),
        ]


@dataclass(frozen=True, slots=True)
class Stage:
    """A data folder with its bank; commands run in it at a time of their own."""

    folder: Path
    now: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def at(self, now: str) -> Stage:
        """The same folder at another time."""
        return Stage(self.folder, now)

    def run(self, *arguments: str) -> bytes:
        """What a command printed; raises Refused with its last line."""
        done = subprocess.run(  # noqa: S603 - our own command
            self._command(*arguments), env=self._environment(), capture_output=True, check=False
        )
        if done.returncode:
            lines = done.stderr.decode().strip().splitlines() or ["no reason given"]
            raise Refused(f"study: huojia {arguments[0]}: {lines[-1]}")
        return done.stdout

    def copy(self, folder: Path) -> Stage:
        """The same bank in a folder of its own."""
        shutil.copytree(self.folder, folder)
        return Stage(folder, self.now)

    @contextmanager
    def served(self) -> Iterator[tuple[str, str]]:
        """A running service over this folder: its address, and a key with every scope."""
        scopes = [part for scope in SCOPES for part in ("--scope", scope)]
        key = orjson.loads(self.run("keys", "create", *scopes, "--json"))["key"]
        port = free_port()
        with (self.folder / "serve.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                self._command("serve", "--port", str(port)), env=self._environment(), stdout=log, stderr=log
            )
            try:
                wait_for(f"http://127.0.0.1:{port}/readyz", process, _START_S)
                yield f"http://127.0.0.1:{port}", key
            finally:
                process.terminate()
                try:
                    process.wait(_STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "service.cli", *arguments]

    def _environment(self) -> dict[str, str]:
        own = {"DATA_DIR": str(self.data), "NOW": self.now, "LOG_LEVEL": "error", "DATABASE_URL": ""}
        kept = {name: value for name, value in os.environ.items() if name != PREFIX + "DATABASE_URL"}
        return kept | {PREFIX + name: value for name, value in own.items() if value}


def found(folder: Path, size: Size, seed: int) -> Stage:
    """A bank with its history imported, at noon of its first live day."""
    stage = Stage(folder, f"{size.until}T04:00:00+00:00")
    bank = str(folder / "bank")
    stage.data.mkdir(parents=True)
    stage.run("simulate", bank, *size.arguments(seed))
    stage.run("import", bank)
    if size.trained:
        stage.run("train")
    return stage


def live(stage: Stage, size: Size, seed: int, *options: str) -> Path:
    """Let the bank live against a service over its folder; the folder of the truth that it wrote."""
    truth = stage.folder / "live"
    with stage.served() as (url, key):
        where = ["--live", str(size.weeks), "--url", url, "--key", key]
        stage.run("simulate", str(truth), *size.arguments(seed), *where, *size.planted(), *options)
    return truth / "truth-live"
