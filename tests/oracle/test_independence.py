"""The oracle is a second opinion only as long as it imports nothing of what it judges."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FOLDERS = [Path(__file__).parent / name for name in ("oracle", "quality")]
OWN = ("tests.oracle.oracle", "tests.oracle.quality")
OTHERS = {"numpy", "pyarrow", "scipy"}


def imported(path: Path) -> set[str]:
    """The full names of all modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            found.add(node.module or "")
    return found


def test_the_oracle_imports_nothing_of_ours() -> None:
    ours = {"service", "recommender", "shelf_rules", "loadtest", "tests"}
    offenders = [
        f"{path.name}: {name}"
        for folder in FOLDERS
        for path in sorted(folder.glob("*.py"))
        for name in sorted(imported(path))
        if name.partition(".")[0] in ours and ".".join(name.split(".")[:3]) not in OWN
    ]
    assert not offenders


def test_the_oracle_needs_little_of_others() -> None:
    allowed = OTHERS | sys.stdlib_module_names | {"tests"}
    paths = [path for folder in FOLDERS for path in folder.glob("*.py")]
    names = {name.partition(".")[0] for path in paths for name in imported(path)}
    assert names - allowed == set()
