"""Numbers of a document that nobody can work with: not finite, too large to be told apart, next to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

Fault = tuple[str, str]
LARGEST = 2**53
LEAST = 1e-4
"""The finest share that the assignment tells apart is one in 10,000; nothing smaller means anything here."""
_DEEPEST = 32


def number_faults(value: object, path: str = "", depth: int = 0) -> Iterator[Fault]:
    """(path, message) of every number at fault, wherever it stands; of what is nested too deeply the place alone."""
    if depth > _DEEPEST:
        yield path, f"more than {_DEEPEST} levels deep"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from number_faults(inner, f"{path}.{str(key)[:64]}".lstrip("."), depth + 1)
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from number_faults(inner, f"{path}[{at}]", depth + 1)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        said = _said(value)
        if said is not None:
            yield path, said


def _said(number: float) -> str | None:
    if abs(number) > LARGEST and number != float("inf") and number != -float("inf"):
        return f"from -{LARGEST} to {LARGEST}"
    if not isfinite(number):
        return "no number to work with: write a finite one"
    return f"0, or at least {LEAST:g}: nothing smaller is told apart" if 0 < abs(number) < LEAST else None
