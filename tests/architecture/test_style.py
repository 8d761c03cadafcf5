"""Lint and format."""

from __future__ import annotations

import re

from tests.architecture.tree import PACKAGES, PRODUCT, modules, report, run_tool, short

DUSTBINS = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|$)")
# Where any failure of a fact becomes its default, where a failed side effect must not reach the caller, and where the
# writer's thread hands a failure over to whoever waits for the group; as do the threads for calls that may hang, and a
# breaker's probe goes on whatever the dependency raises.
BROAD = {"service/pipeline/gather.py", "service/pipeline/record.py", "service/group_commit.py"}
BROAD |= {"service/threads.py", "service/breaker.py"}


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
    allowed = "noqa: BLE001"
    broad = {short(path) for path in modules(*PRODUCT) if allowed in path.read_text(encoding="utf-8")}
    assert broad <= BROAD, report(sorted(broad - BROAD))
