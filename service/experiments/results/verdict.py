"""The one word that an experiment's numbers come to, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.experiments.results.document import Badge, GuardrailResult, Health, Said, Verdict, Word
from service.experiments.results.estimating import Estimated
from service.experiments.spec import Experiment

_ZH: dict[Word, str] = {
    "ship": "上线",
    "roll back": "回退",
    "keep running": "继续运行",
    "inconclusive": "没有结论",
    "do not trust": "不可信",
}
_DONE = frozenset({"stopped", "archived"})


def verdict_of(experiment: Experiment, health: Health, estimated: Estimated, days: float) -> Verdict:
    """Trust first, then harm, then whether it has run long enough, then what the primary metrics say."""
    if not health.is_trusted:
        return _said("do not trust", health.reasons)
    broken = [one for one in health.guardrails if one.is_breached]
    was_broken = tuple(said for said in health.raised if said.code == "guardrail")
    if broken or was_broken:
        return _said("roll back", (*(_broken(one) for one in broken), *was_broken))
    worse = tuple(_found(estimated, "worse"))
    if worse:
        return _said("roll back", worse)
    return _unharmed(experiment, estimated, days)


def _unharmed(experiment: Experiment, estimated: Estimated, days: float) -> Verdict:
    better, spec = tuple(_found(estimated, "better")), experiment.spec
    is_done = experiment.state in _DONE
    if days < spec.min_days and not is_done:
        still = Said(
            "too_short",
            f"至少运行{spec.min_days}天，现在{days:.1f}天",
            f"it is to run for {spec.min_days} days at least, and has for {days:.1f}",
        )
        return _said("keep running", (still, *better))
    if better:
        return _said("ship", better)
    if is_done and not _has_compared(estimated):
        nobody = Said("nobody_compared", "没有可以比较的客户", "there are no customers to compare")
        return _said("inconclusive", (nobody,))
    if estimated.has_planned or is_done:
        return _said("inconclusive", (Said("no_difference", "没有看出差别", "no difference has been shown"),))
    few = Said("too_few", "尚未达到计划的客户数", "the planned number of customers is not there yet")
    return _said("keep running", (few,))


def _has_compared(estimated: Estimated) -> bool:
    """Whether a primary metric has customers in the control and in another arm."""
    counts = [[arm.customers for arm in metric.arms] for metric in estimated.metrics if metric.role == "primary"]
    return any(control and any(others) for control, *others in counts)


def _said(word: Word, reasons: Sequence[Said]) -> Verdict:
    return Verdict(word, _ZH[word], word, tuple(reasons))


def _found(estimated: Estimated, badge: Badge) -> Iterator[Said]:
    zh, en = {"better": ("更好", "better"), "worse": ("更差", "worse")}[badge]
    for metric in estimated.metrics:
        for one in metric.comparisons:
            if metric.role == "primary" and one.badge == badge:
                yield Said(badge, f"{one.arm}：{metric.key}{zh}", f"{one.arm}: {metric.key} is {en}")


def _broken(one: GuardrailResult) -> Said:
    return Said(
        "guardrail",
        f"{one.arm}：护栏指标{one.metric}被突破",
        f"{one.arm}: the guardrail {one.metric} is broken by more than {one.margin:g}",
    )
