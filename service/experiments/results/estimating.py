"""What the customers of an experiment say of its metrics: every arm against the control, in all and in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

import msgspec
import numpy as np

from recommender.inference.multiplicity import false_discovery, holm
from recommender.training_data import Bools
from service.clock import iso
from service.experiments.results.document import Badge, Comparison, Day, MetricResult, Part, Role
from service.experiments.results.samples import Values
from service.experiments.results.units import DAY_US, TIERS, Units, mature
from service.experiments.spec import Experiment, Metric, Spec

MOST_DAYS = 120
LEAST_OF_PART = 20
"""A part with fewer customers is not told."""
Told = TypeVar("Told", MetricResult, Part)
Correct = Callable[[Sequence[float | None]], list[float | None]]


@dataclass(frozen=True, slots=True)
class Look:
    """When it is looked at, and which customers count then."""

    as_of_us: int
    started_us: int
    mature_only: bool = True


class Estimated(NamedTuple):
    """The numbers of an experiment; whether they may be shown is the business of its health.

    `has_planned`: the planned number of customers is there and mature, for every primary metric.
    """

    metrics: tuple[MetricResult, ...]
    parts: tuple[Part, ...]
    curve: tuple[Day, ...]
    has_planned: bool


def estimate(experiment: Experiment, units: Units, look: Look, *, is_whole: bool = True) -> Estimated:
    """Estimates of all primary and secondary metrics; without `is_whole` no parts and no curve.

    Pure: whoever has the columns needs no store. KeyError for a window that `units` lacks.
    """
    spec = experiment.spec
    has_planned = all(_has_planned(units, metric, spec, look) for metric in spec.primary)
    found: list[MetricResult] = []
    roles: tuple[tuple[Role, tuple[Metric, ...], Correct], ...] = (
        ("primary", spec.primary, holm),
        ("secondary", spec.secondary, false_discovery),
    )
    for role, metrics, correct in roles:
        of_role = [_metric(units, metric, (spec, look), role) for metric in metrics]
        found += _corrected(of_role, spec, correct)
    if not is_whole:
        return Estimated(tuple(found), (), (), has_planned)
    parts = _corrected(list(_parts(units, spec, look)), spec, false_discovery)
    return Estimated(tuple(found), tuple(parts), tuple(_curve(units, spec, look)), has_planned)


def _has_planned(units: Units, metric: Metric, spec: Spec, look: Look) -> bool:
    """Whether enough customers of the control and the smallest treatment arm have a whole window behind them."""
    if look.as_of_us - look.started_us < spec.min_days * DAY_US:
        return False
    counts = np.bincount(units.arm[mature(units, metric, look.as_of_us)], minlength=len(spec.arms))
    return int(counts[0] + counts[1:].min()) >= spec.n_star


def _metric(units: Units, metric: Metric, asked: tuple[Spec, Look], role: Role) -> MetricResult:
    spec, look = asked
    has_planned = _has_planned(units, metric, spec, look)
    counts = mature(units, metric, look.as_of_us, mature_only=look.mature_only)
    values = Values.of(units, metric, counts)
    comparisons = []
    for number, arm in enumerate(spec.arms[1:], start=1):
        fixed = values.fixed(number, spec.alpha) if has_planned else None
        comparison = Comparison(arm.key, "none", values.sequence(number, spec), fixed, None)
        adjusted = values.adjusted(number, spec, has_planned=has_planned)
        comparison = msgspec.structs.replace(comparison, adjusted=adjusted)
        comparisons.append(_triggered(comparison, units, values, (counts, number, spec)))
    arms = tuple(values.value(number, arm.key) for number, arm in enumerate(spec.arms))
    told = {
        name: getattr(metric, name) for name in ("key", "kind", "num", "den", "window_days", "is_good_up", "winsor")
    }
    waiting = len(units) - int(counts.sum())
    return MetricResult(**told, role=role, cap=values.cap, immature=waiting, arms=arms, comparisons=tuple(comparisons))


def _triggered(comparison: Comparison, units: Units, values: Values, of: tuple[Bools, int, Spec]) -> Comparison:
    """With the line of those customers alone whom the two arms could have shown something different."""
    counts, number, spec = of
    if units.is_same is None:
        return comparison
    is_same = units.is_same[:, number]
    if not bool(np.any(is_same & np.isin(units.arm, (0, number)))):
        return comparison
    part = values.part(~is_same[counts])
    shown = int(np.isin(part.arm, (0, number)).sum())
    return msgspec.structs.replace(comparison, triggered=part.sequence(number, spec), triggered_customers=shown)


def _corrected(found: list[Told], spec: Spec, correct: Correct) -> list[Told]:
    """With p corrected for all that is looked at together, and the badges that come of it."""
    adjusted = iter(correct([one.sequence.p for of in found for one in of.comparisons]))
    good = {metric.key: metric.is_good_up for metric in (*spec.primary, *spec.secondary)}
    told = []
    for of in found:
        comparisons = []
        for one in of.comparisons:
            p = next(adjusted)
            badge = _badge(one, p, spec.alpha, is_good_up=good[_key(of)])
            comparisons.append(msgspec.structs.replace(one, p_adjusted=p, badge=badge))
        told.append(msgspec.structs.replace(of, comparisons=tuple(comparisons)))
    return told


def _key(of: MetricResult | Part) -> str:
    return of.metric if isinstance(of, Part) else of.key


def _badge(one: Comparison, p: float | None, alpha: float, *, is_good_up: bool) -> Badge:
    if one.sequence.hidden is not None:
        return "hidden"
    if p is None or p > alpha or not one.sequence.diff:
        return "none"
    return "better" if (one.sequence.diff > 0) == is_good_up else "worse"


def _parts(units: Units, spec: Spec, look: Look) -> Iterator[Part]:
    for metric in spec.primary:
        counts = mature(units, metric, look.as_of_us, mature_only=look.mature_only)
        values = Values.of(units, metric, counts)
        for by, name, inside in _groups(units):
            part = values.part(inside[counts])
            if len(part.arm) >= LEAST_OF_PART:
                arms = tuple(part.value(number, arm.key) for number, arm in enumerate(spec.arms))
                compared = tuple(
                    Comparison(arm.key, "none", part.sequence(number, spec), None, None)
                    for number, arm in enumerate(spec.arms[1:], start=1)
                )
                yield Part(by, name, metric.key, arms, compared)


def _groups(units: Units) -> Iterator[tuple[Literal["tier", "segment", "stage"], str, Bools]]:
    if units.tiers is not None:
        for bit, tier in enumerate(TIERS):
            yield "tier", tier, (units.tiers >> bit & 1).astype(np.bool_)
    if units.segment is not None:
        for name in sorted(set(units.segment.tolist()) - {""}):
            yield "segment", name, units.segment == name
    if units.stage is not None:
        for name in sorted(set(units.stage.tolist()) - {""}):
            yield "stage", name, units.stage == name


def _curve(units: Units, spec: Spec, look: Look) -> Iterator[Day]:
    """What the looks at the end of each day said: of customers whose window had passed by then."""
    days = max((look.as_of_us - look.started_us) // DAY_US, 0)
    for metric in spec.primary:
        values = Values.of(units, metric, np.ones(len(units), dtype=np.bool_))
        for day in range(max(1, days - MOST_DAYS), days + 1):
            at_us = look.started_us + day * DAY_US
            part = values.part(mature(units, metric, at_us))
            if not len(part.arm):
                continue
            for number, arm in enumerate(spec.arms[1:], start=1):
                shown = int(np.isin(part.arm, (0, number)).sum())
                told = (part.value(0, "").value, part.value(number, arm.key).value)
                yield Day(iso(at_us), metric.key, arm.key, shown, *told, part.sequence(number, spec))
