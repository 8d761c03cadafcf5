"""How likely a preference lives for half a year more, from how signs thin out after a sign or an assignment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tests.oracle.quality.signs import later

LAGS = ((3, 30), (30, 60), (60, 90), (90, 150), (150, 210), (210, 300), (300, 420))
EARLY, LATE = 0, 4
HORIZON = 180.0
LEFT = (0.005, 0.97)
FEWEST = 10.0
SPREAD = 0.5
STEPS, LEAST = 15, 0.3
CANDIDATES = [math.exp(math.log(1 / 4000) + k * (math.log(1 / 10) - math.log(1 / 4000)) / 79) for k in range(80)]


@dataclass
class Thinning:
    """Weighted signs and days by lag, and the signs a day that come without the preference."""

    seen: list[float]
    days: list[float]
    background: float


def thinning(
    shown: dict[int, list[int]], weight: list[float], begins: Iterable[tuple[int, int]], of: tuple[int, float]
) -> Thinning:
    """From begins (person, day); `of` is the last day on record and the background."""
    until, background = of
    seen, days = [0.0] * len(LAGS), [0.0] * len(LAGS)
    for person, begin in begins:
        own = shown.get(person, [])
        for place, (after, before) in enumerate(LAGS):
            low, high = min(begin + after, until), min(begin + before, until)
            days[place] += weight[person] * (high - low)
            seen[place] += weight[person] * later(own, low, high)
    return Thinning(seen, days, background)


def hazard_of(one: Thinning) -> float | None:
    """The daily hazard by what is left at a later lag; None from few signs."""
    if sum(one.seen) < FEWEST or not one.days[LATE]:
        return None
    early, late = (one.seen[lag] / one.days[lag] - one.background for lag in (EARLY, LATE))
    left = min(max(late / early, LEFT[0]), LEFT[1]) if early > 0 else LEFT[1]
    middle = [(after + until) / 2 for after, until in LAGS]
    return -math.log(left) / (middle[LATE] - middle[EARLY])


def survival(one: Thinning, usual: float) -> float:
    """E[exp(−μH)] over the posterior of the hazard μ, ln μ normal around the usual one."""
    logs, everything = [], sum(one.seen)
    for hazard in CANDIDATES:
        alive = [(math.exp(-hazard * a) - math.exp(-hazard * b)) / (hazard * (b - a)) for a, b in LAGS]
        reach = max(sum(x * y for x, y in zip(alive, one.days, strict=True)), 1e-9)
        rate = max(everything - one.background * sum(one.days), LEAST) / reach
        for _ in range(STEPS):
            own = 0.0
            for x, seen in zip(alive, one.seen, strict=True):
                both = rate * x + one.background
                own += seen * rate * x / both if both else 0.0
            rate = max(own, LEAST / 6) / reach
        log = -(((math.log(hazard) - math.log(usual)) / SPREAD) ** 2) / 2
        for x, days, seen in zip(alive, one.days, one.seen, strict=True):
            mean = max((rate * x + one.background) * days, 1e-12)
            log += seen * math.log(mean) - mean
        logs.append(log)
    top = max(logs)
    belief = [math.exp(log - top) for log in logs]
    told = sum(b * math.exp(-hazard * HORIZON) for b, hazard in zip(belief, CANDIDATES, strict=True))
    return told / sum(belief)
