"""What must stand nowhere in the tree, and what ranking must never read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import modules, parsed, project_files, report, short

# Written with brackets, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.:/<{-])/(?:[w]ork|[f]arm|[h]ome|[r]oot|[U]sers)/|/tmp/[b]ash")
REGISTRY = re.compile(r"pypi[.](?:org|io)|pythonhosted[.]org|registry[.]npmjs|(?:extra-)?index[-_]url|find[-]links")
SCANNED = {".py", ".toml", ".md", ".json", ".html", ".js", ".css", ".yaml", ".yml", ".sh", ".sql", ".lock", ".txt", ""}

# What may be earned on a product, what it promises, and what must not tell customers apart (regulation.md §4).
FORBIDDEN_WORDS = {"yield", "yields", "commission", "commissions", "margin", "benchmark", "annualised"}
FORBIDDEN_WORDS |= {"gender", "sex", "marital", "education", "ethnicity", "religion", "health"}
BLIND = ("shelf_rules/ranking", "shelf_rules/tiers", "recommender")
# Health insurance is a category of product, not an attribute of a customer.
HARMLESS = {"ins.health"}


def _lines() -> Iterator[tuple[Path, int, str]]:
    for path in project_files():
        if path.suffix in SCANNED:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                yield path, number, line


def _read_names(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Names, attributes and string keys that code reads; prose of docstrings is left out."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.Constant(value=str(name)) if " " not in name and name not in HARMLESS:
                yield node.lineno, name


def test_no_path_of_a_machine_is_in_the_tree() -> None:
    offenders = [
        f"{short(path)}:{number}: {line.strip()}" for path, number, line in _lines() if MACHINE_PATH.search(line)
    ]
    assert not offenders, report(offenders)


def test_no_address_of_a_registry_is_in_the_tree() -> None:
    offenders = [f"{short(path)}:{number}: {line.strip()}" for path, number, line in _lines() if REGISTRY.search(line)]
    assert not offenders, report(offenders)


def test_every_pin_has_a_hash() -> None:
    for path in project_files():
        if path.suffix == ".lock":
            pins = re.split(r"\n(?=[A-Za-z0-9])", path.read_text(encoding="utf-8"))
            offenders = [pin.partition("\n")[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]
            assert not offenders, report(offenders)


def test_order_is_blind_to_yields_commissions_and_protected_attributes() -> None:
    offenders = [
        f"{short(path)}:{number}: {name}"
        for path in modules(*BLIND)
        for number, name in _read_names(parsed(path))
        if FORBIDDEN_WORDS & set(re.split(r"[^a-z]+", name.lower()))
    ]
    assert not offenders, report(offenders)
