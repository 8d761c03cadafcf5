"""The tree as the architecture tests see it: sources, parsed modules, tools."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("shelf_rules", "recommender", "service")
PACKAGES = (*PRODUCT, "loadtest")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed: what .gitignore names is not the project's."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def modules(*folders: str) -> Iterator[Path]:
    """The Python files below the folders, each given as a path from the root."""
    roots = [ROOT / folder for folder in folders]
    return (path for path in project_files() if path.suffix == ".py" and any(map(path.is_relative_to, roots)))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a module, nested ones too."""
    return (node for node in ast.walk(parsed(path)) if isinstance(node, Function))


def public_definitions(path: Path) -> list[Function | ast.ClassDef]:
    """The public functions and classes at the top level of a module."""
    defined = (node for node in parsed(path).body if isinstance(node, Function | ast.ClassDef))
    return [node for node in defined if not node.name.startswith("_")]


def is_shape(node: ast.AST) -> bool:
    """Whether a definition is a record: the form of what a component takes or gives, not a component itself."""
    if not isinstance(node, ast.ClassDef):
        return False
    said = {ast.unparse(part).partition("(")[0].rpartition(".")[2] for part in (*node.bases, *node.decorator_list)}
    return bool(said & {"dataclass", "NamedTuple", "TypedDict", "Struct", "Enum", "StrEnum", "IntEnum", "Protocol"})


def imports(path: Path) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def imported_modules(path: Path) -> set[str]:
    """The modules that a module imports, by their dotted names, and what it imports out of them."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return found


def attributes(path: Path) -> set[str]:
    """The names of all attributes that a module reads, calls or writes."""
    return {node.attr for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)}


def short(path: Path) -> str:
    """A path from the root, for messages."""
    return path.relative_to(ROOT).as_posix()


def report(offenders: list[str]) -> str:
    """The message of a failure: one offender a line."""
    return f"{len(offenders)} found:\n" + "\n".join(f"  {line}" for line in offenders)


def run_tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a tool of this virtual environment at the root, with its output captured."""
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
