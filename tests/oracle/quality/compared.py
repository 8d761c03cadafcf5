"""How many carriers show what a tag claims, and how many like them do who do not carry it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from tests.oracle.quality.people import Person
from tests.oracle.quality.rates import SHORTEST, WINDOW
from tests.oracle.quality.signs import following

MOMENTS = 6
FEWEST = 30
LIVELY = (1, 3, 6)
Z90 = 1.6448536269514722
Stratum = tuple[int, bool]


@dataclass
class Compared:
    """Precision and what the others show (None: nobody, or too few to compare with), with the 90 % interval."""

    followed: int
    precision: float | None
    base_rate: float | None
    low: float | None
    high: float | None


@dataclass
class Crowd:
    """All people, all they showed, and the record; strata are kept by day."""

    people: list[Person]
    days: list[list[int]]
    since: int
    until: int
    kept: dict[int, list[Stratum | None]] = field(default_factory=dict)

    def stratum(self, person: int, day: int) -> Stratum:
        """How lively in the 180 days up to a day, and whether looks may be read."""
        own = self.days[person]
        signs = bisect_right(own, day) - bisect_right(own, day - WINDOW)
        return sum(signs >= bar for bar in LIVELY), self.people[person].watched

    def on(self, day: int) -> list[Stratum | None]:
        """The stratum of everybody who had joined by a day."""
        if day not in self.kept:
            self.kept[day] = [
                self.stratum(place, day) if person.joined is None or person.joined <= day else None
                for place, person in enumerate(self.people)
            ]
        return self.kept[day]


def compare(crowd: Crowd, tag: str, shown: dict[int, list[int]], polarity: int) -> Compared:
    """Carriers against those without the tag on six of the days on which carriers were given it."""
    given = [person.given(tag) for person in crowd.people]
    carriers = [
        (place, day)
        for place, day in enumerate(given)
        if day is not None and crowd.since <= day <= crowd.until - SHORTEST
    ]
    if not carriers:
        return Compared(0, None, None, None, None)
    ordered = sorted(day for _, day in carriers)
    moments = sorted({ordered[len(ordered) * (2 * k + 1) // (2 * MOMENTS)] for k in range(MOMENTS)})
    waits: dict[Stratum, list[tuple[int, bool]]] = defaultdict(list)
    peers: dict[Stratum, set[int]] = defaultdict(set)
    for moment in moments:
        for place, stratum in enumerate(crowd.on(moment)):
            own = given[place]
            if stratum is None or (own is None and not crowd.people[place].without(tag)):
                continue
            if own is not None and own <= moment:
                continue
            seen = min(crowd.until - moment, WINDOW, math.inf if own is None else own - moment)
            after = following(shown[place], moment) if place in shown else None
            wait = math.inf if after is None else after - moment
            waits[stratum].append((int(min(wait, seen)), wait <= seen))
            peers[stratum].add(place)
    everybody = set().union(*peers.values()) if peers else set()
    enough = {stratum for stratum, of in peers.items() if len(of) >= FEWEST}
    whole = _curve([one for rows in waits.values() for one in rows])
    curves = {stratum: _curve(waits[stratum]) for stratum in enough}
    hits, should = 0, 0.0
    for place, day in carriers:
        seen = min(crowd.until - day, WINDOW)
        after = following(shown[place], day) if place in shown else None
        hits += after is not None and after - day <= seen
        should += curves.get(crowd.stratum(place, day), whole)[seen]
    share = hits / len(carriers)
    base = should / len(carriers) if len(everybody) >= FEWEST else None
    if polarity < 0:
        share, base = 1 - share, None if base is None else 1 - base
    worth = len(carriers) * len(everybody) / max(len(carriers) + len(everybody), 1)
    return Compared(len(carriers), share, base, *(wilson(share, worth) if worth > 0 else (None, None)))


def _curve(rows: list[tuple[int, bool]]) -> list[float]:
    """The share with a sign within 0, 1, … 180 days by the product limit; who leaves counts up to that day."""
    came, ended = [0] * (WINDOW + 1), [0] * (WINDOW + 1)
    for days, is_sign in rows:
        ended[days] += 1
        came[days] += is_sign
    left, alive, found = len(rows), 1.0, []
    for day in range(WINDOW + 1):
        alive *= 1 - came[day] / max(left, 1)
        left -= ended[day]
        found.append(1 - alive)
    return found


def wilson(share: float, n: float, z: float = Z90) -> tuple[float, float]:
    """Wilson's interval of a share."""
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)
