"""A run in a process of its own: its last line, its progress, and its end whatever ends it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import orjson
import pytest

from service.clock import iso
from service.jobs.attempt import Ended, attempt
from service.jobs.entry import STAYS
from service.progress import Step
from service.settings import DEVELOPMENT_KEY, Settings, load_settings
from tests.factories import NOW_US

LIMIT_S = 30.0
HANGS = (
    "import subprocess, sys, time\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid, file=open({!r}, 'w'))\n"
)
HANGS += "time.sleep(600)"


def run(script: str, *, limit_s: float = LIMIT_S, settings: Settings | None = None) -> tuple[Ended, list[Step]]:
    told: list[Step] = []
    given = settings or load_settings({})
    ended = asyncio.run(attempt((sys.executable, "-c", script), given, NOW_US, limit_s, told.append))
    return ended, told


def pid_in(file: Path) -> int:
    until = time.monotonic() + LIMIT_S
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return int(file.read_text())


def is_gone(pid: int) -> bool:
    """Whether a process has ended, within the limit."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # nobody has asked how it ended
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_what_went_well_ends_with_the_last_line_it_printed() -> None:
    ended, _ = run("import sys; print('first'); print('tiers of 3 customers\\n'); print('noise', file=sys.stderr)")
    assert (ended.outcome, ended.code, ended.line) == ("done", 0, "tiers of 3 customers")
    assert ended.seconds > 0


def test_what_failed_ends_with_the_last_line_of_its_errors() -> None:
    ended, _ = run("import sys; print('fine'); sys.exit('huojia: no room')")
    assert (ended.outcome, ended.code, ended.line) == ("failed", 1, "huojia: no room")


def test_what_fails_without_a_word_is_said_to() -> None:
    ended, _ = run("raise SystemExit(2)")
    assert (ended.outcome, ended.code, ended.line) == ("failed", 2, "it gave no reason")


def test_a_model_that_stays_is_a_refusal_and_no_failure() -> None:
    ended, _ = run(f"import sys; print('no better', file=sys.stderr); sys.exit({STAYS})")
    assert (ended.outcome, ended.code, ended.line) == ("refused", 1, "no better")


def test_what_is_killed_has_died() -> None:
    ended, _ = run("import os; os.kill(os.getpid(), 9)")
    assert (ended.outcome, ended.line) == ("died", "ended by SIGKILL")


def test_a_command_that_cannot_be_started_has_failed() -> None:
    ended = asyncio.run(attempt(("/nowhere/python",), load_settings({}), NOW_US, LIMIT_S, lambda step: None))
    assert (ended.outcome, ended.line) == ("failed", "cannot be started: No such file or directory")


def test_progress_is_told_as_it_comes() -> None:
    lines = ["credits: 250 of 1,000", "warning: nothing", "credits: 1,000 of 1,000", "tiers: 7"]
    script = f"import sys\nfor line in {lines!r}: print(line, file=sys.stderr, flush=True)"
    assert run(script)[1] == [Step("credits", 250, 1_000), Step("credits", 1_000, 1_000), Step("tiers", 7, 0)]


def test_megabytes_without_an_end_of_line_are_not_kept() -> None:
    ended, _ = run("print('x' * 3_000_000, end='')")
    assert (ended.outcome, set(ended.line)) == ("done", {"x"})


def test_what_runs_too_long_is_ended() -> None:
    ended, _ = run("import time; time.sleep(600)", limit_s=0.5)
    assert (ended.outcome, ended.line) == ("failed", "ended because it ran for more than 0.5 s")


def test_what_is_called_off_is_ended_with_its_children(tmp_path: Path) -> None:
    async def call_off() -> None:
        command = (sys.executable, "-c", HANGS.format(str(tmp_path / "pid")))
        task = asyncio.create_task(attempt(command, load_settings({}), NOW_US, LIMIT_S, lambda step: None))
        await asyncio.to_thread(pid_in, tmp_path / "pid")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(call_off())
    assert is_gone(pid_in(tmp_path / "pid"))


def test_what_it_leaves_behind_is_ended_and_does_not_keep_it_waiting(tmp_path: Path) -> None:
    script = HANGS.format(str(tmp_path / "pid")).replace("time.sleep(600)", "print('done')")
    ended, _ = run(script)
    assert (ended.outcome, ended.line) == ("done", "done")
    assert is_gone(pid_in(tmp_path / "pid"))


@pytest.mark.parametrize("mode", ["development", "production"])
def test_it_has_the_settings_of_the_service_and_its_clock_where_that_may_be_moved(mode: str) -> None:
    script = "import os, json; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('HUOJIA_')}))"
    keys = {name: f"{name}-{'k' * 40}" for name in ("jwt_key", "secret_key", "unit_key")}
    given = {**keys, "jwt_issuer": "https://login.bank.example", "database_url": "postgresql://db/huojia"}
    ended, _ = run(script.replace("json.dumps", "len"), settings=load_settings({}, {"mode": mode, **given}))
    assert int(ended.line) > 30
    wanted = "[os.environ.get('HUOJIA_' + name) for name in ('MODE', 'NOW', 'JWT_KEY', 'TIMEZONE')]"
    ended, _ = run(f"import os, json; print(json.dumps({wanted}))", settings=load_settings({}, {"mode": mode, **given}))
    now = "" if mode == "production" else iso(NOW_US)
    assert DEVELOPMENT_KEY not in ended.line
    assert orjson.loads(ended.line) == [mode, now, keys["jwt_key"], "Asia/Shanghai"]
