"""The table of traps is whole, and what it names is there; `make traps` sets them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Literal

import pytest

from tests.architecture.tree import ROOT
from tests.traps.__main__ import main
from tests.traps.mistake import Mistake, found, put_in
from tests.traps.plugin import fault_of, named
from tests.traps.table import TRAPS

EVERY = [one for trap in TRAPS for one in trap.mistakes]


def test_every_trap_of_the_design_has_its_mistakes() -> None:
    assert [trap.number for trap in TRAPS] == list(range(1, 15))
    assert all(trap.mistakes for trap in TRAPS)
    assert len(named()) == len(EVERY)


@pytest.mark.parametrize("mistake", EVERY, ids=lambda one: one.what.replace(" ", "_"))
def test_what_a_mistake_is_made_in_and_what_notices_it_is_there(mistake: Mistake) -> None:
    for target in mistake.wrong:
        found(target)
    assert mistake.wrong
    assert mistake.tests
    for test in mistake.tests:
        path, _, name = test.partition("::")
        functions = {node.name for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body if _is_test(node)}
        assert name.partition("[")[0] in functions, test


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def test_a_mistake_is_made_wherever_the_function_has_been_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    source, user = ModuleType("tests.traps.source"), ModuleType("tests.traps.user")
    source.seven = user.seven = lambda: 7  # type: ignore[attr-defined]
    for module in (source, user):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    put_in(Mistake("", (), {"tests.traps.source:seven": lambda right: lambda: right() + 1}))
    assert (source.seven(), user.seven()) == (8, 8)


def _fail() -> None:
    pytest.fail("seen")


def _assert() -> None:
    assert not named()


def _stale() -> None:
    named(1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("ends", "when", "fault"),
    [(_assert, "call", "red"), (_fail, "call", "red"), (_stale, "call", "broken"), (_assert, "setup", "broken")],
)
def test_only_what_a_test_asserts_is_red_and_a_mistake_that_no_longer_fits_is_broken(
    ends: Callable[[], None], when: Literal["setup", "call"], fault: str
) -> None:
    assert fault_of(pytest.CallInfo.from_call(ends, when)) == fault


def test_only_the_traps_that_are_asked_for_are_set_and_an_unknown_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.traps.__main__.run", lambda tests, chosen="": dict.fromkeys(tests, "red" * bool(chosen)))
    main(["3", "10"])
    told = capsys.readouterr().out
    assert [trap.number for trap in TRAPS if f"\n{trap.number}. {trap.statement}" in "\n" + told] == [3, 10]
    for arguments, code in ((["3", "15"], 2), (["--help"], 0)):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == code
    assert "no such trap: 15; there are 1 to 14" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("clean", "wrong", "code"),
    [("green", "red: x", 0), ("green", "green", 1), ("red: x", "red: x", 1), ("green", "broken: x", 1)],
)
def test_a_trap_is_avoided_where_its_tests_are_green_without_it_and_red_with_it(
    clean: str, wrong: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "tests.traps.__main__.run", lambda tests, chosen="": dict.fromkeys(tests, wrong if chosen else clean)
    )
    assert main() == code
    told = capsys.readouterr().out
    assert ("NOT NOTICED" in told) == bool(code)
    assert all(f"{trap.number}. {trap.statement}" in told for trap in TRAPS)
