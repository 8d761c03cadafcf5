"""What is said of two arms at a planned end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """Values of the arms, treatment - control with its interval and p, and treatment / control - 1 with its interval.

    None: it cannot be said. Fewer than two customers in an arm have no spread, so nothing but the values; two arms
    without any spread have no interval; a value that is not above 0 has no relative interval, and a control that is
    not above 0 no relative difference.
    """

    control: float | None = None
    treatment: float | None = None
    diff: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    relative: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
