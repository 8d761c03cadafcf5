"""One component a file, named as the file, introduced in one sentence, with a test file of its name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.tree import is_shape, modules, parsed, project_files, public_definitions, report, short

FOLDERS = (
    "shelf_rules/suitability",
    "shelf_rules/eligibility",
    "shelf_rules/tiers",
    "shelf_rules/ranking",
    "shelf_rules/arrangement",
    "shelf_rules/incentives",
    "recommender/models",
    "recommender/tags",
    "recommender/tag_quality",
    "recommender/evaluation",
    "service/jobs",
    "service/reports",
    "service/stores",
    "loadtest/scenarios",
)
# Storage is several protocols over a set of tables: these files hold shapes, not components.
SHAPES = {"service/stores/protocols.py", "service/stores/tables/__init__.py"}
SOFT_COMPONENT = 80
SENTENCE_END = re.compile(r"[.!?。](?=\s+[A-Z])")


def _components() -> list[Path]:
    files = [path for folder in FOLDERS for path in modules(folder) if path.parent.as_posix().endswith(folder)]
    return [path for path in files if not path.name.startswith("_") and short(path) not in SHAPES]


def _squashed(name: str) -> str:
    return name.replace("_", "").lower()


def _naming_fault(path: Path) -> str | None:
    found = public_definitions(path)
    stem = _squashed(path.stem)
    own = [node for node in found if _squashed(node.name) == stem]
    own += [node for node in found if _squashed(node.name).startswith(stem) and node not in own]
    others = [node.name for node in found if node not in own[:1] and not is_shape(node)]
    if not own:
        names = ", ".join(node.name for node in found)
        return f"{short(path)}: nothing public is named {path.stem}; found {names or 'nothing'}"
    if others:
        return f"{short(path)}: public beside {own[0].name}: {', '.join(others)}"
    return None


def _introduction_fault(path: Path) -> str | None:
    text = ast.get_docstring(parsed(path)) or ""
    first = text.split("\n\n", maxsplit=1)[0]
    if not first.endswith((".", "?", "。")):
        return f"{short(path)}: the module docstring does not begin with a sentence"
    if SENTENCE_END.search(first):
        return f"{short(path)}: more than one sentence in the first paragraph of the module docstring"
    return None


def test_each_component_file_has_one_public_component_of_its_name() -> None:
    offenders = [fault for path in _components() if (fault := _naming_fault(path))]
    assert not offenders, report(offenders)


def test_each_component_file_is_introduced_in_one_sentence() -> None:
    offenders = [fault for path in _components() if (fault := _introduction_fault(path))]
    assert not offenders, report(offenders)


def test_each_component_has_a_test_file_of_its_name() -> None:
    tests = {path.stem for path in project_files() if path.name.startswith("test_") and path.suffix == ".py"}
    offenders = [short(path) for path in _components() if f"test_{path.stem.strip('_')}" not in tests]
    assert not offenders, report(offenders)


def test_most_component_files_fit_on_a_page() -> None:
    sizes = [(len(path.read_text(encoding="utf-8").splitlines()), short(path)) for path in _components()]
    offenders = [f"{size} lines: {where}" for size, where in sorted(sizes, reverse=True) if size > SOFT_COMPONENT]
    assert len(offenders) <= len(sizes) / 4, report(offenders)
