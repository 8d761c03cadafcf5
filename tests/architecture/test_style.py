"""Lint and format."""

from __future__ import annotations

import re

from tests.architecture.tree import PACKAGES, modules, report, run_tool, short

DUSTBINS = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|$)")


def test_ruff_has_nothing_to_say() -> None:
    done = run_tool("ruff", "check", "--quiet", "--output-format=concise", ".")
    assert done.returncode == 0, report(done.stdout.splitlines() + done.stderr.splitlines())


def test_every_file_is_formatted() -> None:
    done = run_tool("ruff", "format", "--check", "--output-format=concise", ".")
    assert done.returncode == 0, report(done.stdout.splitlines() + done.stderr.splitlines())


def test_no_module_is_a_dustbin() -> None:
    offenders = [short(path) for path in modules(*PACKAGES, "tests") if DUSTBINS.search(path.stem)]
    assert not offenders, report(offenders)
