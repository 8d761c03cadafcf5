"""The bank of the flips: a small one with two published policies whose shelves differ, and its server."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from service.auth import new_key
from service.bootstrap import runtime_of
from service.child_server import free_port, wait_for
from service.commands.customers import sample
from service.errors import Refused
from service.settings import PREFIX, load_settings

CUSTOMERS, PRODUCTS = 400, 150
POLICIES = {
    2: {"arrangement": {"category_cap": 1}},
    3: {"ranking": {"fixed": {"cf": 0.0, "tag": 0.0, "tier_score": 0.0, "popularity": 1.0}}, "holdout_share": 0.25},
}
"""The two versions in turn; the second one also moves customers into the hold-out, whose profile must not be read."""
_SCOPES = ["shelf:read", "policies:read", "policies:publish"]
_START_S = 120.0


@dataclass(frozen=True, slots=True)
class FlipBank:
    """A bank that may be served: its environment, a key, and customers with personal shelves."""

    environment: Mapping[str, str]
    folder: Path
    key: str
    customers: list[str]

    @property
    def store(self) -> str:
        """The kind of its database."""
        return self.environment[PREFIX + "DATABASE_URL"].partition(":")[0] or "sqlite"


def flip_bank(folder: Path, url: str) -> FlipBank:
    """Make the bank in a folder and, where `url` names one, in that empty database; raises Refused where it cannot."""
    noon = dt.datetime.now(dt.UTC).replace(hour=4, minute=0, second=0, microsecond=0)  # noon in Shanghai: no midnight
    given = {"data_dir": str(folder / "data"), "database_url": url, "now": noon.isoformat()}
    demo = ("demo", "--no-serve", "--customers", str(CUSTOMERS), "--products", str(PRODUCTS))
    _command(_environment(given), *demo)
    return with_policies(folder, given)


def with_policies(folder: Path, given: Mapping[str, str]) -> FlipBank:
    """A bank that is there, given by its settings, with both policies published; `folder` is for files beside it."""
    environment = _environment(given)
    with runtime_of(load_settings(environment)) as runtime:
        customers = sample(runtime, CUSTOMERS)  # under the default policy, before others are held out
        key = new_key(runtime.store, _SCOPES, runtime.clock.now_us(), "flips")
    for version, document in POLICIES.items():
        path = folder / f"policy-{version}.json"
        path.write_bytes(orjson.dumps(document))
        _command(environment, "policy", "publish", str(path))
    return FlipBank(environment, folder, key, customers)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    own = {"database_url": "", "log_level": "warning", "jobs_at": "", "mode": "development", **given}
    return {**os.environ, **{PREFIX + name.upper(): value for name, value in own.items()}}


@contextmanager
def served(bank: FlipBank, workers: int) -> Iterator[int]:
    """The port of a server of its own over the bank."""
    port = free_port()
    command = [sys.executable, "-m", "service.cli", "serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers)] if workers > 1 else []
    log = bank.folder / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own
            command, env=dict(bank.environment), stdout=file, stderr=file, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process, _START_S)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _command(environment: Mapping[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "service.cli", *arguments]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Refused(f"flips: huojia {' '.join(arguments[:2])}: {said[-1] if said else 'failed'}")
