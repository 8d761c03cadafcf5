"""The arrows between the rooms, and what each room may bring in from outside."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.tree import (
    PACKAGES,
    PRODUCT,
    ROOT,
    imported_modules,
    imports,
    modules,
    report,
    run_tool,
    short,
)

BROUGHT_IN = {
    "shelf_rules": {"numpy"},
    # The customer's state is kept as MessagePack, and the fold owns its schema.
    "recommender": {"implicit", "msgspec", "numpy", "scipy", "threadpoolctl"},
}


def test_imports_follow_the_arrows() -> None:
    done = run_tool("lint-imports")
    assert done.returncode == 0, done.stdout.partition("Broken contracts")[2] or done.stdout + done.stderr


@pytest.mark.parametrize("room", sorted(BROUGHT_IN))
def test_a_room_brings_in_only_what_the_architecture_allows(room: str) -> None:
    allowed = BROUGHT_IN[room] | {room, "__future__"} | sys.stdlib_module_names
    offenders = [f"{short(path)}: {name}" for path in modules(room) for name in sorted(imports(path) - allowed)]
    assert not offenders, report(offenders)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_dependency_brings_a_package_of_one_of_our_names(package: str) -> None:
    owners = set(packages_distributions().get(package, ["huojia"]))
    assert owners <= {"huojia"}, f"{package} is also installed by {owners - {'huojia'}}"


def test_what_the_product_imports_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [
        *project["dependencies"],
        *(need for extra in project["optional-dependencies"].values() for need in extra),
    ]
    declared = {re.split(r"[\[<>=~; ]", need)[0] for need in needed}
    ours = {*PACKAGES, "tests", "__future__"} | sys.stdlib_module_names
    owners = packages_distributions()
    offenders = [
        f"{short(path)}: {name}"
        for path in modules(*PRODUCT)
        for name in sorted(imports(path) - ours)
        if not declared & {owner.lower().replace("_", "-") for owner in owners.get(name, [name])}
    ]
    assert not offenders, report(offenders)


def test_what_is_an_extra_is_imported_by_its_own_file_alone() -> None:
    found = {short(path) for path in modules(*PRODUCT) if "pyspark" in imports(path)}
    assert found == {"service/spark_als.py"}
    others = {short(path) for path in modules(*PRODUCT) if imported_modules(path) & {"service.spark_als"}}
    assert not others, report(sorted(others))


def test_of_implicit_only_what_takes_weights_and_folds_in_is_imported() -> None:
    """Its BPR ignores weights and has no fold-in (recommender.md §12, trap 8)."""
    offenders = [
        f"{short(path)}: {name}"
        for path in modules(*PACKAGES)
        for name in sorted(imported_modules(path))
        if name.startswith("implicit.") and not name.startswith(("implicit.als", "implicit.nearest_neighbours"))
    ]
    assert not offenders, report(offenders)
