"""A pytest plugin: puts one mistake in before anything is collected, and writes down how each test ended."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.traps.mistake import Mistake, put_in
from tests.traps.table import TRAPS

CHOSEN, OUT = "HUOJIA_TRAP", "HUOJIA_TRAP_OUT"
MISTAKES = Path(__file__).with_name("mistakes.py")
_ended: dict[str, str] = {}


def named() -> dict[str, Mistake]:
    """Every mistake by the number of its trap and its place there, as "10.2"."""
    return {f"{trap.number}.{place}": one for trap in TRAPS for place, one in enumerate(trap.mistakes, start=1)}


def pytest_configure() -> None:
    """Before the tests are imported, so that they import the mistake."""
    if chosen := os.environ.get(CHOSEN):
        put_in(named()[chosen])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """green; red, with what was said; or broken, where the test never ran or the mistake itself failed."""
    if report.when == "call" or report.failed:
        _ended[report.nodeid] = "green" if report.passed else _fault(report)


def _fault(report: pytest.TestReport) -> str:
    crash: Any = getattr(report.longrepr, "reprcrash", None)
    if report.when != "call" or crash is None:
        return f"broken: {report.longreprtext.strip().splitlines()[-1]}"
    said = str(crash.message).splitlines()[0]
    return f"broken: {said}" if Path(crash.path) == MISTAKES else f"red: {said}"


def pytest_sessionfinish() -> None:
    """For whoever started this process."""
    if out := os.environ.get(OUT):
        Path(out).write_text(json.dumps(_ended), encoding="utf-8")
