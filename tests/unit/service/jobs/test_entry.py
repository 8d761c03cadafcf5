"""The process of a job: the code of the command, one line where it fails, and no life without the service."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.jobs.entry import STAYS

ROOT = Path(__file__).resolve().parents[4]
ASKED = """
import sys, time
from types import SimpleNamespace
from service.errors import ModelStays, Refused
from service.jobs.entry import entry

class Other(Exception):
    pass

def asked() -> None:
    {body}

{command}
entry("asked")
"""
COMMAND = "from service import cli; cli.app.command()(asked)"
ALONE = "sys.modules['service.cli'] = SimpleNamespace(main=asked)"


def started(body: str, command: str = ALONE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ASKED.format(body=body, command=command)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(
    ("body", "command", "code", "line"),
    [
        ("raise ModelStays('no better')", COMMAND, STAYS, "huojia: no better\n"),
        ("sys.exit('huojia: no room')", ALONE, 1, "huojia: no room\n"),
        ("raise Other('of customer C1')", ALONE, 1, "huojia: unforeseen Other at <string>:11 asked\n"),
    ],
)
def test_a_failure_is_one_line_and_a_code(body: str, command: str, code: int, line: str) -> None:
    with started(body, command) as child:
        assert child.stderr is not None
        assert (child.stderr.read(), child.wait(60)) == (line, code)


def test_it_ends_at_once_when_the_service_is_no_more() -> None:
    with started("print('begun', flush=True); time.sleep(600)") as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == "begun\n"
        child.stdin.close()
        assert child.wait(30) == -signal.SIGKILL
