"""The true preferences over time: interests that come, last, end and lead to others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.simulate.chance import Floats, Ints, dice
from service.simulate.period import DAY, Period
from service.simulate.population import Population
from service.simulate.segments import draw_of_gender, draw_of_segments
from service.simulate.taxonomy import CATEGORIES, INDEX, SUCCESSORS

LONGEST_PAST_DAYS = 2_600
SWITCHERS = 0.07
LED = 1.7
"""How far the chances of the table are raised."""


@dataclass(frozen=True)
class Interests:
    """One entry an interest: whose, in what, [begin, end) in seconds UTC (the end may lie ahead), how strong."""

    customer: Ints
    category: Ints
    begin: Ints
    end: Ints
    strength: Floats

    def only(self, categories: list[int]) -> Interests:
        """Those in some categories."""
        rows = np.flatnonzero(np.isin(self.category, categories))
        return Interests(*(getattr(self, name)[rows] for name in ("customer", "category", "begin", "end", "strength")))


def lifetimes(roll: np.random.Generator, category: Ints) -> Ints:
    """How long interests last, in days: a Weibull bulk with a log-normal share of short flings."""
    life = np.array([kind.life for kind in CATEGORIES])[category]
    bulk = 1.45 * life * roll.weibull(1.5, category.size)
    fling = 0.4 * life * np.exp(roll.normal(0.0, 0.8, category.size))
    return np.maximum(np.where(roll.random(category.size) < 0.25, fling, bulk), 3.0).astype(np.int64)


def _arrivals(roll: np.random.Generator, population: Population, horizon: int, category: int) -> Floats:
    """Expected number of interests of a category within the horizon (days), for each customer."""
    kind = CATEGORIES[category]
    draw = draw_of_segments()[population.segment, category] * draw_of_gender()[population.woman.astype(int), category]
    draw *= np.exp(roll.normal(0.0, 0.5, population.size))
    expected: Floats = kind.interested / (1.15 * kind.life) * horizon * draw / draw.mean()
    return expected


def _past_days(category: int) -> int:
    """How long before the start an interest may have begun that can still be alive then."""
    return int(min(4 * CATEGORIES[category].life + 60, LONGEST_PAST_DAYS))


def _first(roll: np.random.Generator, population: Population, category: int, past: int, days: int) -> Ints:
    """(customer, day) of the interests of a category that come by themselves; days count from the start."""
    horizon = past + days
    counts = roll.poisson(_arrivals(roll, population, horizon, category))
    customer = np.repeat(np.arange(population.size), counts)
    return np.stack([customer, (roll.random(customer.size) * horizon).astype(np.int64) - past])


def _successors(roll: np.random.Generator, customer: Ints, category: Ints, day: Ints) -> list[Ints]:
    """(customer, category, day) of the interests that earlier ones lead to, some months later."""
    rows = []
    for code, followers in SUCCESSORS.items():
        leaders = np.flatnonzero(category == INDEX[code])
        for follower, chance in followers:
            led = leaders[roll.random(leaders.size) < LED * chance]
            delay = (90 * np.exp(roll.normal(0.0, 0.6, led.size))).astype(np.int64)
            rows.append(np.stack([customer[led], np.full(led.size, INDEX[follower]), day[led] + delay]))
    return rows


def awaken(seed: int, period: Period, population: Population) -> Interests:
    """Draws every interest of every customer, in the order of its begin."""
    roll = dice(seed, "interests")
    past = [_past_days(category) for category in range(len(CATEGORIES))]
    customer, category, day = _arrived(roll, population, past, period.days)
    begin = period.start + day * DAY
    end = begin + lifetimes(roll, category) * DAY
    # An abrupt change of life: what interested before is over, whatever its own lifetime.
    change = period.start + (roll.random(population.size) * period.days).astype(np.int64) * DAY
    never = period.start - 2 * LONGEST_PAST_DAYS * DAY
    change = np.where(roll.random(population.size) < SWITCHERS, change, never)[customer]
    end = np.where((begin < change) & (end > change), change, end)
    return _ordered(roll, customer, category, begin, end)


def go_on(seed: int, period: Period, population: Population) -> Interests:
    """Draws the interests that begin within a later period, and those that they lead to, in the order of begin."""
    roll = dice(seed, "later interests")
    customer, category, day = _arrived(roll, population, [0] * len(CATEGORIES), period.days)
    begin = period.start + day * DAY
    return _ordered(roll, customer, category, begin, begin + lifetimes(roll, category) * DAY)


def _arrived(roll: np.random.Generator, population: Population, past: list[int], days: int) -> Ints:
    """(customer, category, day): what comes by itself and what follows from it."""
    rows = []
    for category, before in enumerate(past):
        customer, day = _first(roll, population, category, before, days)
        rows.append(np.stack([customer, np.full(customer.size, category), day]))
    rows += _successors(roll, *np.concatenate(rows, axis=1))
    arrived: Ints = np.concatenate(rows, axis=1)
    return arrived


def _ordered(roll: np.random.Generator, customer: Ints, category: Ints, begin: Ints, end: Ints) -> Interests:
    order = np.lexsort((category, customer, begin))
    strength = np.maximum(roll.normal(4.4, 0.8, begin.size), 1.0)
    return Interests(customer[order], category[order], begin[order], end[order], strength[order])
