"""Whether the arms of an experiment may be compared at all: their numbers, what they were before, what they waited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from recommender.inference.confidence_sequence import confidence_sequence
from recommender.inference.one_sided import one_sided
from recommender.inference.sample import Sample
from recommender.inference.srm import srm
from recommender.training_data import Bools, Ints
from service.clock import iso
from service.experiments.results.document import (
    Balance,
    Drift,
    FunnelArm,
    GuardrailResult,
    Health,
    Lag,
    Said,
    Several,
    Srm,
    SrmEpoch,
)
from service.experiments.results.samples import LEAST_CUSTOMERS, Values
from service.experiments.results.units import Units, mature
from service.experiments.spec import Experiment, Spec

ALPHA = 0.001
MOST_SEVERAL, MOST_DRIFT = 0.01, 0.001
_SLOWER, _RATHER = 1.5, 0.1


class Epoch(NamedTuple):
    """One allocation of a phase and when it began; a customer belongs to that of the first exposure."""

    since_us: int
    coverage: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the customers that count: who was left out, and what the decision log says, by arm."""

    epochs: Sequence[Epoch]
    several: int = 0
    overridden: int = 0
    sampled: int = 0
    differing: int = 0
    assigned: Sequence[int] = ()
    clicked: Sequence[int] = ()
    converted: Sequence[int] = ()
    fallbacks: Sequence[float] = field(default=())
    """The share of an arm's shelves that were no shelf of its own: a fallback, or degraded."""
    raised: tuple[Said, ...] = ()
    unfit: str | None = None
    """Why nobody is in it: it cannot run over the policy in force."""


def check(experiment: Experiment, units: Units, around: Around, as_of_us: int) -> Health:
    """All that speaks for and against trusting an experiment; pure."""
    spec = experiment.spec
    ratio, by_channel = srm_of(units, spec, around.epochs), tuple(_by_channel(units, spec, around.epochs))
    exposed = {arm.key: int((units.arm == number).sum()) for number, arm in enumerate(spec.arms)}
    share = around.several / max(len(units) + around.several, 1)
    several = Several(around.several, share, share > MOST_SEVERAL)
    drift_share = around.differing / around.sampled if around.sampled else None
    drift = Drift(around.sampled, around.differing, drift_share, (drift_share or 0.0) > MOST_DRIFT)
    balance, lag = tuple(_balance(units, spec)), tuple(_lags(units, spec))
    reasons = (*_unfit(around), *_reasons(ratio, several, balance, drift))
    if not ratio.is_alarm:
        reasons += tuple(said for said in around.raised if said.code == "srm")
    return Health(
        experiment=spec.key,
        phase=experiment.phase,
        state=experiment.state,
        as_of=iso(as_of_us),
        is_trusted=not reasons,
        reasons=reasons,
        exposed=exposed,
        several=several,
        overridden=around.overridden,
        srm=ratio,
        srm_epochs=tuple(_told_epochs(units, spec, around.epochs)),
        srm_by_channel=by_channel,
        hints=tuple(_hints(ratio, by_channel, lag, around)),
        balance=balance,
        lag=lag,
        drift=drift,
        guardrails=tuple(guardrails(units, spec, as_of_us)),
        raised=around.raised,
    )


def srm_of(units: Units, spec: Spec, epochs: Sequence[Epoch], mask: Bools | None = None, of: str = "all") -> Srm:
    """The test of the arms' numbers over all allocations, of some of the customers."""
    counts, shares = _counted(units, spec, epochs, mask)
    found = srm(counts, shares, ALPHA)
    total = np.sum(counts, axis=0)
    meant = np.sum([one.sum() * np.array(part) / sum(part) for one, part in zip(counts, shares, strict=True)], axis=0)
    names = [arm.key for arm in spec.arms]
    told = dict(zip(names, map(int, total), strict=True)), dict(zip(names, map(float, meant), strict=True))
    return Srm(of, *told, found.log_bayes_factor, found.p, found.chi2_p, found.is_alarm)


def guardrails(units: Units, spec: Spec, as_of_us: int) -> Iterator[GuardrailResult]:
    """Each guardrail of each treatment arm, of all exposed customers and what they have done so far in their window."""
    for guardrail in spec.guardrails:
        metric = guardrail.metric
        values = Values.of(units, metric, mature(units, metric, as_of_us, mature_only=False))
        for number, arm in enumerate(spec.arms[1:], start=1):
            both = values.sample(0), values.sample(number)
            harm = "fall" if metric.is_good_up else "rise"
            found = one_sided(*both, guardrail.margin, harm, spec.alpha, n_star=spec.n_star)  # type: ignore[arg-type]
            few = values.is_thin(number)
            control, treatment = (one.mean if one.n else None for one in both)
            yield GuardrailResult(
                metric=metric.key,
                arm=arm.key,
                margin=guardrail.margin,
                reaction=guardrail.reaction,
                control=control,
                treatment=treatment,
                diff=found.diff,
                bound=None if few else found.bound,
                p=None if few else found.p,
                is_breached=found.is_breached and not few,
            )


def funnel(spec: Spec, units: Units, around: Around) -> tuple[FunnelArm, ...]:
    """From a logged decision to a purchase, customers by arm."""
    found = []
    for number, arm in enumerate(spec.arms):
        exposed = int((units.arm == number).sum())
        steps = (
            _at(around.assigned, number, exposed),
            exposed,
            _at(around.clicked, number),
            _at(around.converted, number),
        )
        found.append(FunnelArm(arm.key, *steps))
    return tuple(found)


def _at(counts: Sequence[int], number: int, otherwise: int = 0) -> int:
    return counts[number] if counts else otherwise


def _counted(
    units: Units, spec: Spec, epochs: Sequence[Epoch], mask: Bools | None
) -> tuple[list[Ints], list[tuple[float, ...]]]:
    starts = np.array([one.since_us for one in epochs], dtype=np.int64)
    of = np.maximum(np.searchsorted(starts, units.first_us, side="right") - 1, 0)
    kept = np.ones(len(units), dtype=np.bool_) if mask is None else mask
    inside = (units.arm[kept & (of == at)] for at in range(len(epochs)))
    counts: list[Ints] = [np.bincount(arms, minlength=len(spec.arms)) for arms in inside]
    return counts, [one.weights for one in epochs]


def _told_epochs(units: Units, spec: Spec, epochs: Sequence[Epoch]) -> Iterator[SrmEpoch]:
    counts, shares = _counted(units, spec, epochs, None)
    names = [arm.key for arm in spec.arms]
    for epoch, found, weights in zip(epochs, counts, shares, strict=True):
        named = dict(zip(names, map(int, found), strict=True))
        expected = {name: weight / sum(weights) for name, weight in zip(names, weights, strict=True)}
        yield SrmEpoch(iso(epoch.since_us), epoch.coverage, named, expected)


def _by_channel(units: Units, spec: Spec, epochs: Sequence[Epoch]) -> Iterator[Srm]:
    if units.channel is not None:
        for name in sorted(set(units.channel.tolist()) - {""}):
            yield srm_of(units, spec, epochs, units.channel == name, name)


def _balance(units: Units, spec: Spec) -> Iterator[Balance]:
    """By the confidence sequence, whose p may be looked at each quarter of an hour; Bonferroni for the tests."""
    tests = len(units.before) * (len(spec.arms) - 1)
    for (name, days), values in sorted(units.before.items()):
        limit, control = ALPHA / tests, Sample.of(values[units.arm == 0])
        for number, arm in enumerate(spec.arms[1:], start=1):
            treatment = Sample.of(values[units.arm == number])
            is_few = min(control.n, treatment.n) < LEAST_CUSTOMERS
            p = None if is_few else confidence_sequence(control, treatment, limit, spec.n_star).p
            before, after = (one.mean if one.n else None for one in (control, treatment))
            yield Balance(f"{name}, {days} d", arm.key, before, after, p, limit, p is not None and p < limit)


def _lags(units: Units, spec: Spec) -> Iterator[Lag]:
    if units.lag_s is None:
        return
    for number, arm in enumerate(spec.arms):
        known = units.lag_s[(units.arm == number) & np.isfinite(units.lag_s)]
        ends = (float(one) for one in np.quantile(known, (0.5, 0.95))) if len(known) else (None, None)
        yield Lag(arm.key, len(known), *ends)


def _reasons(ratio: Srm, several: Several, balance: Sequence[Balance], drift: Drift) -> tuple[Said, ...]:
    counts = _listed(ratio.counts)
    found = (
        (
            ratio.is_alarm,
            Said(
                "srm",
                f"各组人数与分配比例不符（{counts}）",
                f"the arms do not hold the customers that they should ({counts})",
            ),
        ),
        (
            several.is_alarm,
            Said(
                "several_arms",
                f"{several.share:.1%}的客户看到了不止一组",
                f"{several.share:.1%} of the customers saw more than one arm",
            ),
        ),
        (
            any(one.is_alarm for one in balance),
            Said("balance", "各组在实验前就不相同", "the arms differed before the experiment already"),
        ),
        (
            drift.is_alarm,
            Said("drift", "重新分组的结果与记录不同", "assigned anew, logged decisions come out in other arms"),
        ),
    )
    return tuple(said for holds, said in found if holds)


def _unfit(around: Around) -> Iterator[Said]:
    if around.unfit is not None:
        zh, en = "无法在现行策略上运行", "cannot run over the policy in force"
        yield Said("unfit", f"{zh}：{around.unfit}", f"{en}: {around.unfit}")


def _hints(ratio: Srm, by_channel: Sequence[Srm], lag: Sequence[Lag], around: Around) -> Iterator[Said]:
    """What may have caused a mismatch; nothing where there is none."""
    if not ratio.is_alarm and not any(one.is_alarm for one in by_channel):
        return
    bad = [one.of for one in by_channel if one.is_alarm]
    if bad and len(bad) < len(by_channel):
        names = ", ".join(bad)
        yield Said("one_channel", f"只出现在渠道：{names}", f"only the channel {names} shows it")
    halves = [one.p50_s for one in lag if one.p50_s is not None]
    if len(halves) > 1 and max(halves) > _SLOWER * max(min(halves), 0.1):
        yield Said("lag", "各组曝光的延迟不同", "one arm's cards are seen later than another's")
    if around.fallbacks and max(around.fallbacks) - min(around.fallbacks) > _RATHER / 10:
        yield Said("fallbacks", "某一组更常降级或回退", "one arm's shelves fall back or degrade more often")
    rates = [one / two for one, two in zip(ratio.counts.values(), around.assigned, strict=False) if two]
    if len(rates) > 1 and max(rates) - min(rates) > 0.01:
        yield Said(
            "confirmed_less",
            "某一组的曝光回传更少：检查埋点",
            "one arm's shelves are confirmed visible less often: look at its beacons",
        )
    if len(around.epochs) > 1:
        yield Said("after_ramp", "分配曾经改变：看各时段", "the allocation has changed: see which epoch it began in")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
