"""A PostgreSQL server of the tests' own: started once a run, a fresh database for every test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psycopg

from service.errors import Refused
from service.private_postgres import PrivatePostgres, binaries

_UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PostgresServer(PrivatePostgres):
    """A private server that can hang and lose connections; `durable` for tests that crash it."""

    def __init__(self, *, durable: bool = False, **settings: str) -> None:
        super().__init__(**({} if durable else _UNSAFE), **settings)

    def pause(self) -> None:
        """Let every process of the server hang."""
        os.killpg(self.pid, signal.SIGSTOP)
        for child in self._children():
            os.kill(child, signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on."""
        for child in self._children():
            os.kill(child, signal.SIGCONT)
        os.killpg(self.pid, signal.SIGCONT)

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

    def _children(self) -> list[int]:
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, check=False)
        return [int(pid) for pid in found.stdout.split()]


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
    except Refused as missing:
        raise SystemExit(f"error: {missing}") from None
