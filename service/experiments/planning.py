"""How many customers and days an experiment takes, by what the bank's own customers did lately."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import msgspec

from recommender.inference.plan import LONGEST_DAYS, Size, Verdict, sample_size
from recommender.inference.sample import CovariateSample, RatioSample
from service.experiments.document_numbers import LEAST
from service.experiments.results.document import Said
from service.experiments.spec import MetricKind

WEEK = 7


@dataclass(frozen=True, slots=True)
class Past:
    """Customers who saw a shelf's cards in past days, and a metric of theirs over its window from then on.

    `sd` is of one customer (of a ratio: by the delta method). `reached[d]`: customers who had come within d + 1 days.
    """

    since: str
    until: str
    customers: int
    base: float
    sd: float
    variance_left: float | None
    reached: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be found: the lift `mde` relative to the base, in a test of `arms` equal arms on `coverage` of all."""

    mde: float
    alpha: float = 0.05
    power: float = 0.8
    coverage: float = 1.0
    arms: int = 2
    window_days: int = 0
    min_days: int = 0


class Need(msgspec.Struct, frozen=True):
    """Customers per arm and days: for one look at the end, and for looking whenever one likes.

    Days are whole weeks, with the days that the last customer's window takes; null: more than ten years, or unknown.
    """

    per_arm: int
    per_arm_any_time: int
    n_star: int
    days: int | None
    days_any_time: int | None
    cost_days: int | None


class Planned(msgspec.Struct, frozen=True):
    """The plan of an experiment, with what it was made from; `adjusted`: with what CUPED leaves of the variance."""

    metric: str | None
    kind: MetricKind
    base: float
    sd: float | None
    mde: float
    alpha: float
    power: float
    coverage: float
    arms: int
    window_days: int
    customers: int | None
    since: str | None
    until: str | None
    daily: float | None
    need: Need
    variance_left: float | None
    adjusted: Need | None
    verdict: Verdict | None
    says: tuple[Said, ...]


class Reach:
    """How many customers come within so many days: as in the past days, then at the pace of their last half."""

    def __init__(self, reached: tuple[int, ...] = (), daily: float | None = None) -> None:
        self._reached = reached
        half = len(reached) // 2
        late = (reached[-1] - reached[half - 1]) / (len(reached) - half) if half else 0.0
        self.pace = late if daily is None else daily
        """New customers a day once the past days are over."""

    def days(self, customers: float) -> int | None:
        """The days until so many have come; None where it takes more than ten years."""
        found = next((day for day, number in enumerate(self._reached, 1) if number >= customers), None)
        if found is not None:
            return found
        missing = customers - (self._reached[-1] if self._reached else 0)
        if self.pace * 3_650 < missing:
            return None
        return len(self._reached) + ceil(missing / self.pace)


def planned(
    metric: tuple[str | None, MetricKind],
    of: Past | tuple[float, float | None],
    wanted: Wanted,
    daily: float | None = None,
) -> Planned:
    """The plan of a metric (its key, its kind) from the past, or from a base and a standard deviation.

    A `daily` number of new customers goes before what the past tells. ValueError names what is out of range.
    """
    key, kind = metric
    past = of if isinstance(of, Past) else None
    base, sd = (past.base, past.sd) if past is not None else (of[0], of[1]) if isinstance(of, tuple) else (0.0, None)
    if not LEAST <= abs(wanted.mde) <= 1_000:
        raise ValueError(f"mde: from {LEAST:g} to 1000, not {wanted.mde:g}")
    if daily is not None and daily <= 0:
        raise ValueError(f"daily: must be above 0, not {daily:g}")
    if not 0 < wanted.coverage <= 1:
        raise ValueError(f"coverage: must be above 0 and at most 1, not {wanted.coverage:g}")
    reach = None
    if daily is not None or past is not None:
        reach = Reach(() if past is None or daily is not None else past.reached, daily)
    spread = None if kind == "proportion" else sd
    need = _need(sample_size(base, wanted.mde, sd=spread, alpha=wanted.alpha, power=wanted.power), wanted, reach)
    left = None if past is None else past.variance_left
    verdict = _verdict(need) if reach is not None else None
    return Planned(
        metric=key,
        kind=kind,
        base=base,
        sd=sd,
        mde=wanted.mde,
        alpha=wanted.alpha,
        power=wanted.power,
        coverage=wanted.coverage,
        arms=wanted.arms,
        window_days=wanted.window_days,
        customers=None if past is None else past.customers,
        since=None if past is None else past.since,
        until=None if past is None else past.until,
        daily=None if reach is None else reach.pace,
        need=need,
        variance_left=left,
        adjusted=_adjusted((base, sd), left, wanted, reach),
        verdict=verdict,
        says=tuple(_says(need, wanted, base, verdict)),
    )


def _adjusted(of: tuple[float, float | None], left: float | None, wanted: Wanted, reach: Reach | None) -> Need | None:
    """The need where a part of the variance is foretold."""
    base, sd = of
    if left is None or not sd or not 0 < left < 1:
        return None
    size = sample_size(base, wanted.mde, sd=sd * sqrt(left), alpha=wanted.alpha, power=wanted.power)
    return _need(size, wanted, reach)


def _need(size: Size, wanted: Wanted, reach: Reach | None) -> Need:
    once, at_any_time = (_days(number, wanted, reach) for number in (size.per_arm, size.sequential_per_arm))
    cost = None if once is None or at_any_time is None else at_any_time - once
    return Need(size.per_arm, size.sequential_per_arm, size.n_star, once, at_any_time, cost)


def _days(per_arm: int, wanted: Wanted, reach: Reach | None) -> int | None:
    days = None if reach is None else reach.days(per_arm * wanted.arms / wanted.coverage)
    if days is None:
        return None
    return ceil(max(days + wanted.window_days, wanted.min_days) / WEEK) * WEEK


def _verdict(need: Need) -> Verdict:
    in_time = [days is not None and days <= LONGEST_DAYS for days in (need.days, need.days_any_time)]
    return "ready" if all(in_time) else "slow" if in_time[0] else "hopeless"


def _says(need: Need, wanted: Wanted, base: float, verdict: Verdict | None) -> list[Said]:
    """The plan in words."""
    lift = f"{100 * wanted.mde:+g}\N{NO-BREAK SPACE}%"
    size = Said(
        "size",
        f"基线 {base:.4g}、相对提升 {lift}：每个实验臂需要 {need.per_arm:,} 位客户；随时可看则需要 "
        f"{need.per_arm_any_time:,} 位。",
        f"A lift of {lift} on a base of {base:.4g} needs {need.per_arm:,} customers in each arm; "
        f"{need.per_arm_any_time:,} where one looks whenever one likes.",
    )
    if verdict is None:
        return [size]
    return [size, _told(need, verdict)]


def _told(need: Need, verdict: Verdict) -> Said:
    if verdict == "hopeless":
        days = "ten years" if need.days is None else f"{need.days:,} days"
        days_zh = "十年以上" if need.days is None else f"{need.days:,} 天"
        return Said(
            "hopeless",
            f"没有希望：需要{days_zh}，最长 {LONGEST_DAYS} 天。不要启动；请换更大的改动、更频繁的指标或更高的覆盖率。",
            f"Hopeless: it takes {'more than ' if need.days is None else ''}{days}, and {LONGEST_DAYS} is the most. Do "
            "not start it; look for a larger effect, a metric that happens more often, or more coverage.",
        )
    if verdict == "slow":
        return Said(
            "slow",
            f"只看一次需要 {need.days} 天；随时可看则超过 {LONGEST_DAYS} 天。",
            f"One look at the end takes {need.days} days; looking at any time would take more than {LONGEST_DAYS}.",
        )
    return Said(
        "ready",
        f"只看一次需要 {need.days} 天；随时可看需要 {need.days_any_time} 天，多 {need.cost_days} 天。",
        f"One look at the end takes {need.days} days; looking at any time takes {need.days_any_time}, "
        f"{need.cost_days} more.",
    )


def past_of(
    columns: tuple[list[float], list[float] | None, list[float] | None],
    days: tuple[str, str],
    reached: tuple[int, ...],
) -> Past | None:
    """What values of customers tell: the numerator, the denominator of a ratio, what was before; None of nobody.

    A ratio whose denominators are all 0 has no base.
    """
    num, den, before = columns
    if len(num) < 2:
        return None
    left = None
    if den is not None:
        sample = RatioSample.of(num, den).linear()
        if sample.n == 0:
            return None
    else:
        whole = CovariateSample.of(num, before if before is not None else [0.0] * len(num))
        sample = whole.plain()
        if whole.var > 0 and whole.cov_var > 0:
            left = 1 - whole.cov**2 / (whole.var * whole.cov_var)
    return Past(*days, len(num), sample.mean, sqrt(sample.var), left, reached)
