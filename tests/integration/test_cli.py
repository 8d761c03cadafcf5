"""The command `huojia`: exit codes, help, and one clear line for a caller's mistake."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from service.cli import app
from tests.integration.commanding import Run, put
from tests.sample_bank import SampleBank


def _commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in getattr(group, "commands", {}).items():
        found += _commands(command, (*path, name))
    return found


@pytest.mark.parametrize("path", _commands(get_command(app)), ids=lambda path: " ".join(path) or "huojia")
def test_every_command_explains_itself(run: Run, path: tuple[str, ...]) -> None:
    done = run(*path, "--help")
    assert done.code == 0
    assert "Usage" in done.out


@pytest.mark.parametrize(
    "arguments",
    [["nope"], ["shelf"], ["policy", "rollback", "two"], ["keys", "create"], ["customers", "sample", "0"], ["--nope"]],
)
def test_wrong_usage_exits_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.err


def _taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_a_port_in_use_is_refused_before_anything_is_built(run: Run) -> None:
    with _taken() as listener:
        port = listener.getsockname()[1]
        for command in ("serve", "demo"):
            done = run(command, "--port", str(port))
            assert (done.code, done.out) == (1, "")
            assert done.err == f"huojia: cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["import", "{folder}/nowhere"], "no such folder"),
        (["import", "{folder}/garbage"], "products.parquet"),
        (["import", "{folder}/broken"], "manifest.json"),
        (["export", "{folder}/garbage"], "not an empty folder"),
        (["simulate", "{folder}/policy.json", "--customers", "5"], "not a folder"),
        (["simulate", "{folder}/new", "--until", "noon"], "not a date"),
        (["policy", "validate", "{folder}/policy.json"], "policy.json"),
        (["policy", "validate", "{folder}/list.json"], "a policy is a table"),
        (["policy", "validate", "{folder}/policy.toml"], "policy.toml"),
        (["policy", "validate", "{folder}/nowhere.toml"], "No such file"),
        (["policy", "validate", "{folder}/garbage"], "Is a directory"),
        (["policy", "diff", "{folder}/list.json"], "a policy is a table"),
        (["policy", "rollback", "99"], "default@99: no such version"),
        (["decision", "show", "nope"], "not in the log"),
        (["decision", "replay", "nope"], "not in the log"),
        (["keys", "create", "--scope", "nope"], "unknown; there are shelf:read"),
        (["shelf", "C1", "--as-of", "noon"], "not an ISO 8601 time"),
        (["shelf", "C1", "--lang", "fr"], "zh or en"),
        (["shelf", ""], "1 to 128"),
        (["token", "x" * 200], "1 to 128"),
        (["train", "--as-of", "2030-01-01"], "yet to come"),
        (["train", "--as-of", "2026-01-01"], "give --older"),
        (["train", "--as-of", "1971-01-01", "--older"], "may be learnt from"),
        (["simulate", "{folder}/new", "--learn"], "go with --live"),
        (["simulate", "{folder}/new", "--exposure-lift", "3"], "go with --live"),
        (["import", "{folder}/gbk"], "customers.csv: its header is not UTF-8"),
        (["bench", "--json", "{folder}/nowhere/report.json"], "no such folder"),
        (["demo", "--customers", "5", "--no-serve"], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_clear_line_and_exit_1(
    run: Run, tmp_path: Path, arguments: list[str], says: str, written: SampleBank
) -> None:
    put(tmp_path / "garbage", "products.parquet", b"garbage")
    put(tmp_path / "broken", "manifest.json", b"{")
    put(tmp_path / "gbk", "customers.csv", "客户,name\n1,2\n".encode("gbk"))
    for name, content in (("policy.json", b"{"), ("list.json", b"[]"), ("policy.toml", b"= 1")):
        put(tmp_path, name, content)
    put(written.data_dir, "demo.json", b'{"customers":1,"products":1,"seed":1}')
    done = run(*(argument.replace("{folder}", str(tmp_path)) for argument in arguments))
    lines = [line for line in done.err.splitlines() if ": 0 of" not in line]
    assert done.code == 1
    assert len(lines) == 1
    assert lines[0].startswith("huojia: ")
    assert says in lines[0]


def _another_schema(folder: Path) -> str:
    with sqlite3.connect(folder / "other.db") as connection:
        connection.execute("CREATE TABLE products (x)")
    return f"sqlite:///{folder}/other.db"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"data_dir": "{folder}/policy.json"}, "Not a directory"),
        ({"database_url": "sqlite:///{folder}/policy.json"}, "cannot be opened"),
        ({"database_url": "{other}"}, "cannot be opened"),
        ({"database_url": "oracle://x"}, "'oracle' is not served"),
        ({"regime": "mars"}, "no such compliance profile"),
        ({"mode": "production"}, "HUOJIA_JWT_KEY is the development key"),
        ({"timezone": "Mars/Base"}, "no such time zone"),
    ],
)
def test_a_bad_setting_is_one_clear_line_and_exit_1(
    run: Run, tmp_path: Path, settings: dict[str, str], says: str
) -> None:
    put(tmp_path, "policy.json", b"{" * 200)
    other = _another_schema(tmp_path)
    filled = {
        name: value.replace("{folder}", str(tmp_path)).replace("{other}", other) for name, value in settings.items()
    }
    done = run("shelf", "C1", **filled)
    assert done.code == 1
    assert says in done.err
    assert len(done.err.splitlines()) == 1
