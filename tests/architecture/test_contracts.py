"""The arrows between the rooms, and what each room may bring in from outside."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.tree import PACKAGES, PRODUCT, ROOT, imports, modules, report, run_tool, short

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
    declared = {re.split(r"[\[<>=~; ]", need)[0] for need in project["dependencies"]}
    ours = {*PACKAGES, "tests", "__future__"} | sys.stdlib_module_names
    owners = packages_distributions()
    offenders = [
        f"{short(path)}: {name}"
        for path in modules(*PRODUCT)
        for name in sorted(imports(path) - ours)
        if not declared & {owner.lower().replace("_", "-") for owner in owners.get(name, [])}
    ]
    assert not offenders, report(offenders)
