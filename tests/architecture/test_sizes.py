"""The budgets of CONTRIBUTING.md: a hard limit for each file and function, a soft one that nearly all keep."""

from __future__ import annotations

from tests.architecture.tree import PACKAGES, functions, modules, report, short

HARD_FILE, SOFT_FILE = 400, 300
HARD_FUNCTION, SOFT_FUNCTION = 60, 40
# "Nearly all": one in twenty may be over the soft limit.
TOLERATED = 0.05


def _files() -> list[tuple[int, str]]:
    sizes = [(len(path.read_text(encoding="utf-8").splitlines()), short(path)) for path in modules(*PACKAGES, "tests")]
    return sorted(sizes, reverse=True)


def _functions() -> list[tuple[int, str]]:
    sizes = [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{short(path)}:{node.lineno} {node.name}")
        for path in modules(*PACKAGES, "tests")
        for node in functions(path)
    ]
    return sorted(sizes, reverse=True)


def _over(sizes: list[tuple[int, str]], limit: int) -> list[str]:
    return [f"{size} lines, limit {limit}: {where}" for size, where in sizes if size > limit]


def test_no_file_is_longer_than_the_hard_limit() -> None:
    offenders = _over(_files(), HARD_FILE)
    assert not offenders, report(offenders)


def test_few_files_are_longer_than_the_soft_limit() -> None:
    sizes = _files()
    offenders = _over(sizes, SOFT_FILE)
    assert len(offenders) <= TOLERATED * len(sizes), report(offenders)


def test_no_function_is_longer_than_the_hard_limit() -> None:
    offenders = _over(_functions(), HARD_FUNCTION)
    assert not offenders, report(offenders)


def test_few_functions_are_longer_than_the_soft_limit() -> None:
    sizes = _functions()
    offenders = _over(sizes, SOFT_FUNCTION)
    assert len(offenders) <= TOLERATED * len(sizes), report(offenders)
