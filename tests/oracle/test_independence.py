"""The oracle is a second opinion only as long as it imports nothing of what it judges."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "oracle"
OWN = "tests.oracle.oracle"
OTHERS = {"numpy", "pyarrow"}


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
        for path in sorted(FOLDER.glob("*.py"))
        for name in sorted(imported(path))
        if name.partition(".")[0] in ours and name != OWN and not name.startswith(f"{OWN}.")
    ]
    assert not offenders


def test_the_oracle_needs_little_of_others() -> None:
    allowed = OTHERS | sys.stdlib_module_names | {"tests"}
    names = {name.partition(".")[0] for path in FOLDER.glob("*.py") for name in imported(path)}
    assert names - allowed == set()
