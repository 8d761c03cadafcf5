"""A PostgreSQL server of the tests' own: started once a run, a fresh database for every test."""

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
from collections.abc import Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from service.child_server import free_port

_NUMBER = count()
_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_INSTALL = "no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql)"


class PostgresServer:
    """A cluster in a folder of its own, listening on a free port and a socket; `durable` for tests that crash it."""

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="huojia-pg-"))
        self.port = free_port()
        self._settings: Mapping[str, str] = {
            **({} if durable else _UNSAFE),
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "32MB",
            "max_connections": "60",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        shutil.copytree(_initialised(), self.folder / "data")
        _give_away(self.folder)
        self.start()

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        command = [str(binaries() / "postgres"), "-D", str(self.folder / "data")]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_the_tests,  # noqa: PLW1509 - it only asks the kernel for a signal
            start_new_session=True,
            **_account(),
        )
        log.close()
        for _ in range(600):
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server: SIGQUIT is `pg_ctl stop -m immediate`, SIGINT is `-m fast`."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def pause(self) -> None:
        """Let every process of the server hang."""
        os.killpg(self._pid(), signal.SIGSTOP)
        for child in self._children():
            os.kill(child, signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on."""
        for child in self._children():
            os.kill(child, signal.SIGCONT)
        os.killpg(self._pid(), signal.SIGCONT)

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://huojia@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """The URL of a fresh database, a copy of `template`."""
        name = f"test_{next(_NUMBER)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def drop_connections(self, url: str, name: str) -> None:
        """End the sessions of an application."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", (name,)
            )

    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _children(self) -> list[int]:
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self._pid())], capture_output=True, check=False)
        return [int(pid) for pid in found.stdout.split()]


@cache
def binaries() -> Path:
    """The folder of `initdb` and `postgres`."""
    for place in os.environ.get("PATH", "").split(os.pathsep):
        if (Path(place) / "initdb").exists() and (Path(place) / "postgres").exists():
            return Path(place)
    found = sorted(Path("/").glob("usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if not found and shutil.which("pg_config"):
        folder = subprocess.run(["pg_config", "--bindir"], capture_output=True, check=True, text=True).stdout.strip()
        found = [path for path in (Path(folder) / "initdb",) if path.exists()]
    assert found, _INSTALL
    return found[-1].parent


@cache
def _initialised() -> Path:
    """A cluster that was made once and is copied for every server."""
    folder = Path(tempfile.mkdtemp(prefix="huojia-initdb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _give_away(folder)
    command = [str(binaries() / "initdb"), "-D", str(folder / "data"), "-U", "huojia", "-A", "trust", "--no-sync"]
    subprocess.run([*command, "-E", "UTF8", "--locale=C.UTF-8"], check=True, capture_output=True, **_account())
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


def _die_with_the_tests() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def main(command: list[str]) -> int:
    """Run a command over a fresh database of a server that ends with it; without one say where the programs are."""
    if not command:
        sys.stdout.write(f"{binaries()}\n")
        return 0
    server = PostgresServer(durable=True)
    environment = {**os.environ, "HUOJIA_DATABASE_URL": server.new_database()}
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        server.close()


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except AssertionError as missing:
        raise SystemExit(f"error: {missing}") from None
