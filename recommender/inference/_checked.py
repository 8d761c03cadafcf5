"""What is refused before anything is computed, and what is left out where it cannot be said."""

from __future__ import annotations

from math import isfinite


def finite(name: str, value: float) -> float:
    """The value as a float; ValueError naming it when it is nan or infinite."""
    if not isfinite(value):
        raise ValueError(f"{name}: must be a finite number, not {value}")
    return float(value)


def at_least_zero(name: str, value: float) -> float:
    """The value as a float; ValueError naming it when it is not finite or below 0."""
    if finite(name, value) < 0:
        raise ValueError(f"{name}: must not be below 0, not {value}")
    return float(value)


def above_zero(name: str, value: float) -> float:
    """The value as a float; ValueError naming it when it is not finite or not above 0."""
    if finite(name, value) <= 0:
        raise ValueError(f"{name}: must be above 0, not {value}")
    return float(value)


def at_least_one(name: str, value: float) -> float:
    """The value as a float; ValueError naming it when it is not finite or below 1."""
    if finite(name, value) < 1:
        raise ValueError(f"{name}: must be at least 1, not {value}")
    return float(value)


def between(name: str, value: float) -> float:
    """The value as a float; ValueError naming it when it does not lie strictly between 0 and 1."""
    if not 0 < finite(name, value) < 1:
        raise ValueError(f"{name}: must lie between 0 and 1, not {value}")
    return float(value)


def count(name: str, value: float) -> int:
    """The value as a whole number; ValueError naming it when it is not one or below 0."""
    if at_least_zero(name, value) != int(value):
        raise ValueError(f"{name}: must be a whole number, not {value}")
    return int(value)


def sayable(value: float) -> float | None:
    """The value; None when it is nan or infinite."""
    return float(value) if isfinite(value) else None
