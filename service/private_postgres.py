"""A PostgreSQL server of one's own: in a folder that goes with it, for tests and measurements."""

from __future__ import annotations

import atexit
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from service.child_server import free_port
from service.errors import Refused

_NUMBER = count()
_INSTALL = "no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql)"


class PrivatePostgres:
    """A cluster in a folder of its own, listening on a free port and a socket; it ends with this process.

    `settings` are those of `postgresql.conf`. Raises Refused where PostgreSQL is not installed or does not start.
    """

    def __init__(self, **settings: str) -> None:
        initialised = _initialised()
        self.folder = Path(tempfile.mkdtemp(prefix="huojia-pg-"))
        self.port = free_port()
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "32MB",
            "max_connections": "60",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        shutil.copytree(initialised, self.folder / "data")
        _give_away(self.folder)
        self.start()

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        command = [str(binaries() / "postgres"), "-D", str(self.folder / "data")]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        log = self.folder / "log"
        with log.open("ab") as file:
            self._process = subprocess.Popen(  # noqa: S603 - our own
                command,
                stdout=file,
                stderr=file,
                preexec_fn=_die_with_this_process,  # noqa: PLW1509 - it only asks the kernel for a signal
                start_new_session=True,
                **_account(),
            )
        for _ in range(600):
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        raise Refused(f"PostgreSQL did not start: {log.read_text('utf-8', 'replace').strip()[-500:]}")

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server: SIGQUIT is `pg_ctl stop -m immediate`, SIGINT is `-m fast`."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://huojia@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """The URL of a fresh database, a copy of `template`."""
        name = f"private_{next(_NUMBER)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    @property
    def pid(self) -> int:
        """The process of the server."""
        assert self._process is not None  # noqa: S101 - between start and stop
        return self._process.pid


@cache
def binaries() -> Path:
    """The folder of `initdb` and `postgres`; raises Refused where there is none."""
    for place in os.environ.get("PATH", "").split(os.pathsep):
        if (Path(place) / "initdb").exists() and (Path(place) / "postgres").exists():
            return Path(place)
    found = sorted(Path("/").glob("usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if not found and shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, check=True, text=True)  # noqa: S607
        found = [path for path in (Path(told.stdout.strip()) / "initdb",) if path.exists()]
    if not found:
        raise Refused(_INSTALL)
    return found[-1].parent


@cache
def _initialised() -> Path:
    """A cluster that was made once and is copied for every server."""
    folder = Path(tempfile.mkdtemp(prefix="huojia-initdb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _give_away(folder)
    command = [str(binaries() / "initdb"), "-D", str(folder / "data"), "-U", "huojia", "-A", "trust", "--no-sync"]
    command += ["-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(command, check=True, capture_output=True, **_account())  # noqa: S603 - our own
    return folder / "data"


@cache
def _account() -> dict[str, Any]:
    """PostgreSQL does not run as root: then the account `postgres` or `nobody` runs it."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}


def _give_away(folder: Path) -> None:
    owner = _account()
    if owner:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner["user"], owner["group"])


def _die_with_this_process() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
