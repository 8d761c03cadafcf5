"""One word per idea: what the code defines is called as the domain calls it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import PRODUCT, modules, parsed, report, short

# A customer is never a user; one deployment serves one bank.
STRANGERS = {"user", "users", "uid", "userid", "tenant", "tenants"}


def _defined(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(parsed(path)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


def _words(name: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))


def test_nothing_is_called_by_another_word_than_the_domains() -> None:
    offenders = [
        f"{short(path)}:{number}: {name}"
        for path in modules(*PRODUCT)
        for number, name in _defined(path)
        if STRANGERS & _words(name)
    ]
    assert not offenders, report(offenders)
