"""Lint and format."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import PACKAGES, modules, parsed, report, run_tool, short

DUSTBINS = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|$)")
# Each with its reason in ADR 0025.
BROAD = {"service/pipeline/gather.py", "service/pipeline/record.py", "service/group_commit.py"}
BROAD |= {
    "service/jobs/scheduler.py",
    "service/threads.py",
    "service/breaker.py",
    "service/world_keeper.py",
    "service/app.py",
}
BROAD |= {"service/policies/shadow.py", "service/pipeline/other_arms.py", "service/experiments/watcher.py"}
BROAD |= {"service/jobs/watch_experiments.py"}


def test_ruff_has_nothing_to_say() -> None:
    done = run_tool("ruff", "check", "--quiet", "--output-format=concise", ".")
    assert done.returncode == 0, report(done.stdout.splitlines() + done.stderr.splitlines())


def test_every_file_is_formatted() -> None:
    done = run_tool("ruff", "format", "--check", "--output-format=concise", ".")
    assert done.returncode == 0, report(done.stdout.splitlines() + done.stderr.splitlines())


def test_no_module_is_a_dustbin() -> None:
    offenders = [short(path) for path in modules(*PACKAGES, "tests") if DUSTBINS.search(path.stem)]
    assert not offenders, report(offenders)


def test_a_broad_except_stands_only_where_it_is_known_to() -> None:
    broad = {short(path) for path in modules(*PACKAGES) if any(map(_swallows_all, ast.walk(parsed(path))))}
    assert broad == BROAD, report(sorted(broad ^ BROAD))


def _swallows_all(node: ast.AST) -> bool:
    """Whether a handler takes any exception and does not raise it again when it has tidied up."""
    if isinstance(node, ast.Call):
        return ast.unparse(node) in {"suppress(Exception)", "suppress(BaseException)"}
    if not isinstance(node, ast.ExceptHandler):
        return False
    taken = "" if node.type is None else ast.unparse(node.type)
    again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
    return taken in {"", "Exception", "BaseException"} and not again
