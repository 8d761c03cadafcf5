"""The plan of an experiment as it is written, by what the bank's own customers did lately."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from service.calendar import BankCalendar
from service.experiments.past import past, plannable
from service.experiments.planning import Planned, Wanted, planned
from service.experiments.spec import Metric, Spec


class Question(NamedTuple):
    """What differs from the experiment as written; by default the first primary metric, its `mde` and all it covers."""

    mde: float | None = None
    power: float = 0.8
    metric: str = ""
    daily: float | None = None


def plan_of(connection: Connection, calendar: BankCalendar, spec: Spec, asked: Question, now_us: int) -> Planned:
    """The customers and days that a metric of an experiment takes; ValueError names what is missing or out of range."""
    mde = spec.mde if asked.mde is None else asked.mde
    if mde is None:
        raise ValueError("mde: the experiment names none; say which relative lift is to be found, like 0.05")
    metric = _metric(spec, asked.metric)
    known = past(connection, calendar, metric, now_us)
    if known is None:
        raise ValueError("metric: nobody saw a card in the past days, so there is no base to plan from; give a base")
    if known.base == 0 or (metric.kind != "proportion" and known.sd == 0):
        raise ValueError(f"metric: {metric.key} was 0 of all {known.customers} customers of the past days")
    wanted = Wanted(
        mde=mde,
        alpha=spec.alpha,
        power=asked.power,
        coverage=_share_of_all(spec),
        arms=len(spec.arms),
        window_days=metric.window_days,
        min_days=spec.min_days,
    )
    return planned((metric.key, metric.kind), known, wanted, asked.daily)


def _metric(spec: Spec, key: str) -> Metric:
    metrics = (*spec.primary, *spec.secondary)
    named = [metric for metric in metrics if not key or metric.key == key]
    if not named:
        raise ValueError(f"metric: one of {', '.join(metric.key for metric in metrics)}")
    metric = named[0]
    for measure in filter(None, (metric.num, metric.den)):
        if not plannable(measure):
            raise ValueError(f"metric: {measure} is not read of the past; give a base")
    return metric


def _share_of_all(spec: Spec) -> float:
    """Which share of the customers is in an arm in the end: the layer's ranges, at the coverage of the last step."""
    coverage = max([spec.coverage, *(step.coverage for step in spec.ramp)])
    return min(1.0, coverage * sum(high - low for low, high in spec.ranges))
