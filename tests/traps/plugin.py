"""A pytest plugin: puts one mistake in before anything is collected, and writes down how each test ended."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.traps.mistake import Mistake, put_in
from tests.traps.table import TRAPS

CHOSEN, OUT = "HUOJIA_TRAP", "HUOJIA_TRAP_OUT"
_ended: dict[str, str] = {}


def named() -> dict[str, Mistake]:
    """Every mistake by the number of its trap and its place there, as "10.2"."""
    return {f"{trap.number}.{place}": one for trap in TRAPS for place, one in enumerate(trap.mistakes, start=1)}


def pytest_configure() -> None:
    """Before the tests are imported, so that they import the mistake."""
    if chosen := os.environ.get(CHOSEN):
        put_in(named()[chosen])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """How a test ended, from what it raised and not from how that is told."""
    report = yield
    if call.when == "call" or report.failed:
        _ended[item.nodeid] = "green" if report.passed else f"{fault_of(call)}: {_said(report)}"
    return report


def fault_of(call: pytest.CallInfo[None]) -> str:
    """red where the test itself says what is wrong; broken where anything else was raised, or it never ran."""
    raised = None if call.excinfo is None else call.excinfo.value
    return "red" if call.when == "call" and isinstance(raised, AssertionError | pytest.fail.Exception) else "broken"


def _said(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    told = report.longreprtext if crash is None else str(crash.message)
    return next(iter(told.strip().splitlines()), "nothing was said")


def pytest_sessionfinish() -> None:
    """For whoever started this process."""
    if out := os.environ.get(OUT):
        Path(out).write_text(json.dumps(_ended), encoding="utf-8")
