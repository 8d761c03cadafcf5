"""How often do the statistics of experiments cry wolf? Simulated experiments whose arms do not differ, looked at daily.

Every customer is met on one day, and all that is counted of the customer is known by the end of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.inference.confidence_sequence import confidence_sequence
from recommender.inference.one_sided import one_sided
from recommender.inference.sample import RatioSample, Sample
from recommender.inference.srm import srm
from recommender.inference.welch import welch
from service.progress import Progress

DAYS = 28
ALPHA, SRM_ALPHA = 0.05, 0.001
SRM_POWER = 0.95
TOLERANCE = 0.01
"""By how much the rate of the guardrail is worse in truth, and by how much it may be."""
ASSIGNED = 100_000
"""Customers after the last day of the simulated assignments."""
_BLOCK = 50

Floats = NDArray[np.float64]
Chance = np.random.Generator


@dataclass(frozen=True, slots=True)
class Row:
    """How many of the runs a method called different, and how many it may at most (or must at least)."""

    of: str
    method: str
    looks: int
    runs: int
    alarms: int
    limit: float
    bound: Literal["most", "least"] = "most"
    ours: bool = True

    @property
    def rate(self) -> float:
        """The share of the runs."""
        return self.alarms / self.runs

    @property
    def is_met(self) -> bool:
        """Whether the limit is kept."""
        return self.rate <= self.limit if self.bound == "most" else self.rate >= self.limit

    def document(self) -> dict[str, Any]:
        """The row, for JSON."""
        own = {name: getattr(self, name) for name in ("of", "method", "looks", "runs", "alarms", "rate", "limit")}
        return own | {"bound": self.bound, "ours": self.ours, "met": self.is_met}


class _Metric(NamedTuple):
    """A metric, customers of each arm and day, and what draws the daily sums of runs, [runs, days, arms, sums]."""

    name: str
    daily: int
    draw: Callable[[Chance, int, int], Floats]


def experiments_aa(runs: int, seed: int, progress: Progress) -> list[Row]:
    """The rows of every metric and of the assignments; the same seed gives the same rows."""
    rows: list[Row] = []
    for number, metric in enumerate(METRICS):
        rows += _rows(metric, runs, np.random.default_rng((seed, number)), progress)
    rows.append(_guardrail(runs, np.random.default_rng((seed, 100)), progress))
    return [*rows, *_assignments(runs, np.random.default_rng((seed, 200)), progress)]


def chance_limit(alpha: float, runs: int) -> float:
    """What a test with exactly this rate of false alarms stays below but once in 700 times: alpha + 3 se, rounded."""
    return round(alpha + 3 * sqrt(alpha * (1 - alpha) / runs), 3)


def _rate(rate: float) -> Callable[[Chance, int, int], Floats]:
    def draw(chance: Chance, runs: int, daily: int) -> Floats:
        hits = chance.binomial(daily, rate, (runs, DAYS, 2)).astype(np.float64)
        return np.stack((hits, hits), axis=-1)  # a hit squared is a hit

    return draw


def _funds(chance: Chance, runs: int, daily: int) -> Floats:
    """Amounts of the one in twenty who buys, lognormal; the sums and the sums of squares."""
    buyers = chance.binomial(daily, 0.05, (runs, DAYS, 2))
    amounts = chance.lognormal(9.0, 1.2, int(buyers.sum()))
    of = np.repeat(np.arange(buyers.size), buyers.ravel())
    sums = [np.bincount(of, weights=amounts**power, minlength=buyers.size).reshape(buyers.shape) for power in (1, 2)]
    return np.stack(sums, axis=-1)


def _clicks(chance: Chance, runs: int, daily: int) -> Floats:
    """Clicks and impressions of customers who differ in both; sums of either, of their squares and of the product."""
    shape = (runs, DAYS, 2, daily)
    seen = 1 + chance.negative_binomial(1.5, 0.1, shape)
    clicks = chance.binomial(seen, chance.beta(1.0, 19.0, shape))
    return np.stack(
        [one.sum(axis=-1, dtype=np.float64) for one in (clicks, seen, clicks**2, seen**2, clicks * seen)], -1
    )


METRICS = (
    _Metric("conversion of 5 %", 500, _rate(0.05)),
    _Metric("conversion of 0.5 %", 500, _rate(0.005)),
    _Metric("funds, zero-inflated lognormal", 500, _funds),
    _Metric("clicks per impression, unlike customers", 100, _clicks),
)


def _days(metric: _Metric, runs: int, chance: Chance, progress: Progress) -> Iterator[Floats]:
    """The sums of each run up to each day, [days, arms, sums]."""
    progress(metric.name, 0, runs)
    for start in range(0, runs, _BLOCK):
        size = min(_BLOCK, runs - start)
        yield from metric.draw(chance, size, metric.daily).cumsum(axis=1)
        progress(metric.name, start + size, runs)


def _rows(metric: _Metric, runs: int, chance: Chance, progress: Progress) -> list[Row]:
    at_end = peeking = sequential = by_impression = 0
    is_ratio = False
    for days in _days(metric, runs, chance, progress):
        is_ratio = days.shape[-1] > 2
        looks = [_looked(metric.daily * day, sums) for day, sums in enumerate(days, start=1)]
        found = [_is_below(welch(*arms, ALPHA).p, ALPHA) for arms in looks]
        at_end += found[-1]
        peeking += any(found)
        sequential += any(_is_below(confidence_sequence(*arms, ALPHA).p, ALPHA) for arms in looks)
        by_impression += is_ratio and _differs_by_impression(days[-1])
    name, limit = "delta method" if is_ratio else "Welch", chance_limit(ALPHA, runs)
    rows = [
        Row(metric.name, f"{name}, at the end", 1, runs, at_end, limit),
        Row(metric.name, f"{name}, at every look", DAYS, runs, peeking, limit, ours=False),
        Row(metric.name, "confidence sequence", DAYS, runs, sequential, ALPHA),
    ]
    if is_ratio:
        rows.append(Row(metric.name, "z-test by impression, at the end", 1, runs, by_impression, limit, ours=False))
    return rows


def _looked(n: int, sums: Floats) -> tuple[Sample, Sample]:
    """Both arms of n customers as one look sees them, from [arms, sums]."""
    control, treatment = (_sample(n, [float(one) for one in arm]) for arm in sums)
    return control, treatment


def _sample(n: int, sums: list[float]) -> Sample:
    if len(sums) == 2:
        return Sample(n, sums[0] / n, _covariance(n, sums[0], sums[0], sums[1]))
    clicks, seen, of_clicks, of_seen, both = sums
    return RatioSample(
        n,
        num_mean=clicks / n,
        num_var=_covariance(n, clicks, clicks, of_clicks),
        den_mean=seen / n,
        den_var=_covariance(n, seen, seen, of_seen),
        cov=_covariance(n, clicks, seen, both),
    ).linear()


def _covariance(n: int, one: float, other: float, product: float) -> float:
    return (product - one * other / n) / (n - 1)


def _is_below(p: float | None, alpha: float) -> bool:
    return p is not None and p <= alpha


def _differs_by_impression(sums: Floats) -> bool:
    """The z-test of two rates that takes impressions for independent."""
    (clicks, seen), (other_clicks, other_seen) = sums[:, :2]
    rate = (clicks + other_clicks) / (seen + other_seen)
    error = sqrt(rate * (1 - rate) * (1 / seen + 1 / other_seen))
    return bool(abs(clicks / seen - other_clicks / other_seen) > 1.959964 * error)


def _guardrail(runs: int, chance: Chance, progress: Progress) -> Row:
    """A rate that is worse by just what is tolerated: the hardest case that must not alarm."""

    def draw(chance: Chance, size: int, daily: int) -> Floats:
        hits = chance.binomial(daily, (0.05, 0.05 + TOLERANCE), (size, DAYS, 2)).astype(np.float64)
        return np.stack((hits, hits), axis=-1)

    metric = _Metric("guardrail, as bad as is tolerated", 500, draw)
    alarms = 0
    for days in _days(metric, runs, chance, progress):
        looks = (_looked(metric.daily * day, sums) for day, sums in enumerate(days, start=1))
        alarms += any(one_sided(*arms, TOLERANCE, "rise", ALPHA).is_breached for arms in looks)
    return Row(metric.name, "one-sided sequence", DAYS, runs, alarms, ALPHA)


def _assignments(runs: int, chance: Chance, progress: Progress) -> list[Row]:
    rows = []
    for share, name in ((0.5, "assignment as planned"), (0.51, "assignment 51 to 49")):
        daily: NDArray[np.int64] = np.diff(np.linspace(0, ASSIGNED, DAYS + 1).round()).astype(np.int64)
        first = chance.binomial(daily, share, (runs, DAYS)).cumsum(axis=1)
        both = np.stack((first, daily.cumsum() - first), axis=-1)
        ever = peeking = 0
        for run, days in enumerate(both, start=1):
            looks = [srm(counts, (1, 1), SRM_ALPHA) for counts in days]
            ever += any(look.is_alarm for look in looks)
            peeking += any(look.chi2_p < SRM_ALPHA for look in looks)
            if run % _BLOCK == 0 or run == runs:
                progress(name, run, runs)
        limit = chance_limit(SRM_ALPHA, runs)
        if share == 0.5:
            rows.append(Row(name, "Dirichlet e-process", DAYS, runs, ever, limit))
            rows.append(Row(name, "chi-squared at every look", DAYS, runs, peeking, limit, ours=False))
        else:
            rows.append(Row(f"{name}, found", "Dirichlet e-process", DAYS, runs, ever, SRM_POWER, "least"))
    return rows
