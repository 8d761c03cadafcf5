"""Everything is annotated and the annotations hold."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import PACKAGES, modules, parsed, report, run_tool, short


def test_the_packages_pass_mypy_strict() -> None:
    done = run_tool("mypy", "--no-error-summary", "--no-pretty")
    assert done.returncode == 0, report(done.stdout.splitlines() + done.stderr.splitlines())


def test_every_module_postpones_its_annotations() -> None:
    offenders = [
        short(path)
        for path in modules(*PACKAGES, "tests")
        if any(isinstance(node, ast.stmt) for node in parsed(path).body[1:])
        and not re.search(r"^from __future__ import annotations$", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not offenders, report(offenders)
