"""A mistake that can be put into the running code, and put in."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Wrong = Callable[[Any], Any]
"""From a function as it is to one that makes the mistake."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is done wrong, the tests that notice it, and the functions it is done in: "module:name", "…:Class.name"."""

    what: str
    tests: tuple[str, ...]
    wrong: dict[str, Wrong] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trap:
    """A row of recommender.md §12."""

    number: int
    statement: str
    mistakes: tuple[Mistake, ...]


def found(target: str) -> tuple[Any, str, Any]:
    """The module or class that a target stands in, its name there, and what stands there."""
    module, _, path = target.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for one in classes:
        owner = getattr(owner, one)
    return owner, name, vars(owner)[name]


def put_in(mistake: Mistake) -> None:
    """Replaces every target, also where it has been imported to by name; whatever is imported later gets it too."""
    for target, wrong in mistake.wrong.items():
        owner, name, right = found(target)
        kind = type(right) if isinstance(right, classmethod | staticmethod) else None
        replaced = kind(wrong(right.__func__)) if kind else wrong(right)
        setattr(owner, name, replaced)
        for module in _ours():
            for known, value in list(vars(module).items()):
                if value is right:
                    setattr(module, known, replaced)


def _ours() -> Iterator[Any]:
    rooms = ("recommender", "service", "shelf_rules", "tests")
    return (module for name, module in list(sys.modules.items()) if name.partition(".")[0] in rooms and module)
