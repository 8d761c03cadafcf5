"""The customers as they truly are: segment, age, means, risk capacity, and what the bank asked them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.simulate.chance import MISSING, NONE, Bools, Floats, Ints, dice, pick, pick_rows
from service.simulate.period import DAY, OFFICE_HOURS, Period, clock
from service.simulate.segments import SEGMENTS

REGIONS = ("GD", "ZJ", "JS", "BJ", "SH", "SC", "HB", "FJ")
REGION_WEIGHTS = np.array([0.24, 0.16, 0.15, 0.12, 0.12, 0.09, 0.07, 0.05])


@dataclass(frozen=True)
class Population:
    """One entry a customer; cents, seconds UTC, NONE or MISSING where the bank does not know."""

    segment: Ints
    woman: Bools
    age: Ints
    birth_year: Ints
    joined: Ints
    region: Ints
    capacity: Ints
    assessed: Ints
    wealth: Ints
    income: Ints
    activity: Floats
    elsewhere: Floats
    credit_gate: Ints
    overdue: Bools
    fraud: Bools

    @property
    def size(self) -> int:
        """How many customers there are."""
        return int(self.segment.size)

    @property
    def protected(self) -> Bools:
        """Minors, and those who may be: an unknown birth year without an assessment."""
        minor: Bools = (self.age < 18) | ((self.birth_year == NONE) & (self.capacity == 0))
        return minor


def _joined(roll: np.random.Generator, period: Period, size: int) -> Ints:
    """Most joined over eight years, one in six during the simulated days, down to the last month."""
    long_ago = period.start - (roll.beta(1.2, 1.6, size) * 2_370 + 2).astype(np.int64) * DAY
    lately = period.start + (roll.random(size) * (period.days - 2)).astype(np.int64) * DAY
    day = np.where(roll.random(size) < 0.16, lately, long_ago)
    return day + clock(roll, size, OFFICE_HOURS)


def _assessed(roll: np.random.Generator, period: Period, joined: Ints, capacity: Ints) -> Ints:
    """Nine in ten valid, one in eight older than a year where tenure allows, a few dated ahead."""
    size = joined.size
    tenure = np.maximum((period.as_of - joined) // DAY, 1)
    fresh = (roll.random(size) * np.minimum(tenure, 355)).astype(np.int64)
    stale = 370 + (roll.random(size) * np.minimum(np.maximum(tenure - 370, 1), 900)).astype(np.int64)
    days_ago = np.where((roll.random(size) < 0.17) & (tenure > 380), stale, fresh)
    when = np.maximum(period.as_of - (days_ago + 1) * DAY + clock(roll, size, OFFICE_HOURS), joined + 60)
    ahead = roll.random(size) < 0.008
    when = np.where(ahead, period.as_of + roll.integers(2, 25, size) * DAY + 10 * 3_600, when)
    return np.where(capacity > 0, when, MISSING)


def _wealth(roll: np.random.Generator, segment: Ints) -> tuple[Ints, Ints]:
    """Total means and monthly income in cents, both long-tailed."""
    middle = np.array([kind.wealth for kind in SEGMENTS])[segment]
    income = np.array([kind.income for kind in SEGMENTS])[segment]
    means = middle * np.exp(roll.normal(0.0, 0.9, segment.size)) * (1.0 + 0.4 * roll.pareto(3.0, segment.size))
    monthly = income * np.exp(roll.normal(0.0, 0.35, segment.size))
    return (means * 100).astype(np.int64), (monthly * 100).astype(np.int64)


def _activity(roll: np.random.Generator, segment: Ints) -> Floats:
    """A long tail of busy customers; one in fifteen does nothing at all."""
    usual = np.array([kind.activity for kind in SEGMENTS])[segment]
    busy = roll.gamma(1.6, 1.0 / 1.6, segment.size) * np.exp(roll.normal(0.0, 0.35, segment.size))
    return np.where(roll.random(segment.size) < 0.065, 0.0, usual * busy)


def populate(seed: int, period: Period, size: int, year: int) -> Population:
    """Draws the customers; `year` is the calendar year of `as_of`, from which ages count."""
    roll = dice(seed, "population")
    segment = pick(roll, np.array([kind.share for kind in SEGMENTS]), size)
    ages = np.array([kind.ages for kind in SEGMENTS])[segment]
    age = ages[:, 0] + (roll.beta(1.4, 1.5, size) * (ages[:, 1] - ages[:, 0] + 1)).astype(np.int64)
    age = np.where(roll.random(size) < 0.012, roll.integers(16, 18, size), np.minimum(age, 88))
    joined = _joined(roll, period, size)
    capacity = 1 + pick_rows(roll, np.array([kind.capacity for kind in SEGMENTS])[segment])
    capacity = np.where((roll.random(size) < 0.08) | (age < 18), 0, capacity)
    wealth, income = _wealth(roll, segment)
    return Population(
        segment=segment,
        woman=roll.random(size) < 0.5,
        age=age,
        birth_year=np.where(roll.random(size) < 0.035, NONE, year - age),
        joined=joined,
        region=np.where(roll.random(size) < 0.04, NONE, pick(roll, REGION_WEIGHTS, size)),
        capacity=capacity,
        assessed=_assessed(roll, period, joined, capacity),
        wealth=wealth,
        income=income,
        activity=_activity(roll, segment),
        elsewhere=np.where(roll.random(size) < 0.5, roll.gamma(1.5, 0.7, size), 0.0),
        credit_gate=np.where(roll.random(size) < 0.06, NONE, (roll.random(size) > 0.08).astype(np.int64)),
        overdue=roll.random(size) < 0.03,
        fraud=roll.random(size) < 0.006,
    )
