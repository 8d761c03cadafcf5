"""How often a preference shows where it is, and a sign comes where it is not: counts at gamma-distributed rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq, minimize_scalar

from tests.oracle.quality.signs import MERGE_DAYS, later, thinned

WINDOW = 180
SHORTEST = 20  # days that somebody has to be followed
EVERY = 60
AFTER_SIGNS = (2, 3, 4)
LOWEST_RATE, HIGHEST_RATE = 1e-5, 5.0
USUAL_SHAPE, SHAPES = 1.3, (0.3, 50.0)
LEAST_REPEATS, TELLING_REPEATS, TELLING_CLAIMS = 5, 20, 3
MOST_CHANCE, MOST_PREFERRING = 0.5, 0.95


def nothing_shown(days: float, rate: float, shape: float, signs: int = 0, behind: float = 0.0) -> float:
    """P(no sign in the days to come | so many or more in the days behind), the rate being gamma of this shape.

    E[e^(−λd); N ≥ k] = E[e^(−λd)] − Σ_{j<k} E[e^(−λ(d+b)) (λb)^j / j!], and the same with d = 0 below.
    """
    return _none_after(days, rate, shape, signs, behind) / max(_none_after(0.0, rate, shape, signs, behind), 1e-300)


def _none_after(days: float, rate: float, shape: float, signs: int, behind: float) -> float:
    scale = rate / shape
    total = float((1 + scale * days) ** -shape)
    for count in range(signs):
        if behind == 0:
            total -= (1 + scale * days) ** -shape if count == 0 else 0.0
            continue
        log = math.lgamma(shape + count) - math.lgamma(shape) - math.lgamma(count + 1)
        log += count * math.log(scale * behind) - (shape + count) * math.log1p(scale * (days + behind))
        total -= math.exp(log)
    return total


@dataclass
class Window:
    """People at a moment: the days ahead, how many are there, showed, were quiet before, and showed after quiet."""

    days: int
    there: int
    shown: int
    quiet: int
    late: int


@dataclass
class Repeats:
    """After the second, third and fourth sign: how many people could be followed for so many days, how many came."""

    followed: list[dict[int, int]]
    again: list[int]
    windows: list[Window]
    record: int

    def behind(self, life: float) -> float:
        """The days for which a preference has shown when it is met."""
        return min(life / 2, self.record)


def free_days(covered: list[int], after: int, until: int) -> int:
    """The days in (after, until] on which something would count."""
    return until - after - later(covered, after, until)


def repeats_of(
    shown: dict[int, list[int]], joined: list[int | None], span: tuple[int, int], covered: dict[int, list[int]]
) -> Repeats:
    """Count what the signs of a claim say; `span` is the record's first and last day."""
    since, until = span
    followed: list[dict[int, int]] = [{} for _ in AFTER_SIGNS]
    again = [0 for _ in AFTER_SIGNS]
    for person, days in shown.items():
        once = thinned(days)
        for place, rank in enumerate(AFTER_SIGNS):
            if len(once) < rank or once[rank - 1] > until - SHORTEST:
                continue
            begin = once[rank - 1] + MERGE_DAYS
            end = min(begin + WINDOW, until)
            free = free_days(covered.get(person, []), begin, end)
            followed[place][free] = followed[place].get(free, 0) + 1
            again[place] += later(days, begin, end) > 0
    moments = range(since + WINDOW, until - SHORTEST, EVERY)
    windows = [_window(shown, joined, (moment, min(moment + WINDOW, until)), covered) for moment in moments]
    return Repeats(followed, again, windows, until - since)


def _window(
    shown: dict[int, list[int]], joined: list[int | None], of: tuple[int, int], covered: dict[int, list[int]]
) -> Window:
    """Of those who had joined a window before, in (moment, end]; its days are the mean of what is free of each."""
    moment, end = of
    there = {place for place, day in enumerate(joined) if day is None or day <= moment - WINDOW}
    hidden = sum(later(days, moment, end) for place, days in covered.items() if place in there)
    free = end - moment - hidden / len(there) if there else 0.0
    found = Window(round(free), len(there), 0, len(there), 0)
    for place, days in shown.items():
        if place not in there:
            continue
        shows = later(days, moment, end) > 0
        silent = later(days, moment - WINDOW, moment) == 0
        found.shown += shows
        found.quiet -= not silent
        found.late += shows and silent
    return found


def expected(followed: dict[int, int], rate: float, shape: float, of: tuple[int, float]) -> float:
    """How many of the followed should show another sign; `of`: the signs they have shown, in the days behind."""
    return sum(count * (1 - nothing_shown(days, rate, shape, *of)) for days, count in followed.items())


def rate_of(repeats: Repeats, ranks: int, shape: float, life: float) -> float:
    """The rate a day by which as many people show again after the first of the ranks as did."""
    behind = repeats.behind(life)

    def lacking(rate: float) -> float:
        told = (expected(repeats.followed[k], rate, shape, (AFTER_SIGNS[k], behind)) for k in range(ranks))
        return sum(told) - sum(repeats.again[:ranks])

    if lacking(LOWEST_RATE) >= 0:
        return LOWEST_RATE
    if lacking(HIGHEST_RATE) <= 0:
        return HIGHEST_RATE
    return float(brentq(lacking, LOWEST_RATE, HIGHEST_RATE, xtol=1e-15, rtol=1e-14))


def shape_of(claims: list[tuple[Repeats, float]]) -> float:
    """The shape by which repeats after the second sign foretell those after the third and fourth, over all claims."""
    telling = [one for one in claims if one[0].again[1] >= TELLING_REPEATS]
    if len(telling) < TELLING_CLAIMS:
        return USUAL_SHAPE

    def misfit(log_shape: float) -> float:
        total, shape = 0.0, math.exp(log_shape)
        for repeats, life in telling:
            rate = rate_of(repeats, 1, shape, life)
            for place in (1, 2):
                of = AFTER_SIGNS[place], repeats.behind(life)
                mean = expected(repeats.followed[place], rate, shape, of)
                people = max(sum(repeats.followed[place].values()), 1)
                total += (repeats.again[place] - mean) ** 2 / max(mean * (1 - mean / people), 1.0)
        return total

    low, high = (math.log(edge) for edge in SHAPES)
    return math.exp(float(minimize_scalar(misfit, bounds=(low, high), method="bounded").x))


@dataclass
class Visible:
    """Of a claim: signs a day of who prefers and of who does not; None where too few repeats tell."""

    rate: float | None
    shape: float
    chance: float
    repeats: int


def visible_of(repeats: Repeats, shape: float, life: float) -> Visible:
    """What the repeats after the second and third sign, and the windows of everybody, say."""
    known = sum(repeats.again[:2])
    if known < LEAST_REPEATS:
        return Visible(None, shape, 0.0, known)
    rate = rate_of(repeats, 2, shape, life)
    return Visible(rate, shape, _chance(repeats.windows, rate, shape, math.exp(-WINDOW / life)), known)


def _chance(windows: list[Window], rate: float, shape: float, lasting: float) -> float:
    """Signs a day without the preference, by what who was quiet for a window shows in the next one."""
    if not sum(window.shown for window in windows):
        return 0.0
    slower = rate / (1 + rate * WINDOW / shape)
    first = [1 - nothing_shown(window.days, rate, shape) for window in windows]
    second = [1 - nothing_shown(window.days, slower, shape) for window in windows]

    def surplus(chance: float) -> float:
        by_chance = [-math.expm1(-chance * window.days) for window in windows]
        extra = sum(w.there * (a - b) for w, a, b in zip(windows, first, by_chance, strict=True))
        more = sum(w.shown - w.there * b for w, b in zip(windows, by_chance, strict=True))
        prefer = min(max(more / extra, 0.0), MOST_PREFERRING) if extra > 0 else 0.0
        hidden = prefer * nothing_shown(WINDOW, rate, shape)
        still = lasting * hidden / (hidden + (1 - prefer) * math.exp(-chance * WINDOW))
        told = (w.quiet * (still * a + (1 - still) * b) for w, a, b in zip(windows, second, by_chance, strict=True))
        return sum(told) - sum(window.late for window in windows)

    highest = MOST_CHANCE * rate
    if surplus(0.0) >= 0:
        return 0.0
    return highest if surplus(highest) <= 0 else float(brentq(surplus, 0.0, highest, xtol=1e-15, rtol=1e-14))
