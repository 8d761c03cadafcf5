from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.stores._limits import Limits
from service.stores._reach import is_missing, is_silent
from service.stores.protocols import StoreBusy, StoreError

TURNS_AWAY = r"""
import socket, struct, sys
said = b"SFATAL\0VFATAL\0C" + sys.argv[1].encode() + b"\0M\xe4\xb8\x8d\0\0"
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        caller, _ = server.accept()
        with caller:
            # Whoever asks for encryption first is told that there is none.
            while (asked := caller.recv(4096)) and struct.unpack("!ii", asked[:8])[1] != 196_608:
                caller.sendall(b"N")
            caller.sendall(b"E" + struct.pack("!i", 4 + len(said)) + said)
"""


@contextmanager
def _answering(code: str) -> Iterator[str]:
    """A server that turns everybody away with an SQLSTATE and a word of no language; its URL.

    In a process of its own, because whoever asks holds the interpreter.
    """
    command = [sys.executable, "-c", TURNS_AWAY, code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"postgresql+psycopg://u:secret@127.0.0.1:{int(server.stdout.readline())}/bank"
        server.kill()


@pytest.mark.parametrize(
    ("code", "silent"),
    [("57P03", True), ("28P01", False), ("28000", False), ("3D000", False), ("53300", False)],
    ids=["starting", "wrong password", "not let in", "no such database", "full"],
)
def test_a_server_that_is_starting_is_silent_and_one_that_turns_us_away_is_not(code: str, *, silent: bool) -> None:
    with _answering(code) as url:
        assert is_silent(url, StoreError("PostgreSQL: whatever"), Limits()) is silent


def test_a_server_that_nobody_runs_is_silent() -> None:
    assert is_silent("postgresql://u@127.0.0.1:1/bank", StoreError("PostgreSQL: refused"), Limits())


def test_a_file_that_somebody_holds_is_silent_and_a_broken_one_is_not() -> None:
    assert is_silent("sqlite:////bank.db", StoreBusy("SQLite: the database is locked"), Limits())
    assert not is_silent("sqlite:////bank.db", StoreError("SQLite: file is not a database"), Limits())


def test_a_file_can_be_missing_and_a_server_cannot(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bank.db"
    assert is_missing(url)
    (tmp_path / "bank.db").touch()
    assert not is_missing(url)
    assert not is_missing("postgresql://u@127.0.0.1:1/bank")
