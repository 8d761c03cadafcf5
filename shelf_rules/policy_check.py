"""What the values of a policy must keep: ranges, sums, and that the law is not one of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from math import inf

from shelf_rules.attach import KINDS
from shelf_rules.policy import ELIGIBILITY, Policy
from shelf_rules.rule import CODES

Fault = tuple[str, str]
"""A dotted path and what is wrong there."""

TINY = 1e-9
_SHARE, _WEIGHT, _DAYS, _POSITIVE = (0.0, 1.0), (0.0, 100.0), (0, 3650), (TINY, inf)

BOUNDS: Mapping[str, tuple[float, float]] = {
    "version": (1, inf),
    "fixed.merge_days": (0, 30),
    "fixed.w_repeat": _SHARE,
    "fixed.w_duration": _SHARE,
    "fixed.w_balance": _SHARE,
    "fixed.repeat_scale": _POSITIVE,
    "fixed.task_weight": _SHARE,
    "fixed.cancel_days": _DAYS,
    "fixed.evidence_repeats": _WEIGHT,
    "fixed.evidence_share": _SHARE,
    "fixed.keep_repeats": _WEIGHT,
    "fixed.keep_share": _SHARE,
    "intent.half_life": _POSITIVE,
    "intent.scale": _POSITIVE,
    "intent.max_per_session": (1, 3),
    "intent.weights.*": _WEIGHT,
    "wallet.kappa": (1, inf),
    "wallet.half_life": _POSITIVE,
    "wallet.recent_weeks": (0, 58),
    "wallet.shares.*.*": _SHARE,
    "migratable.w_intent": _SHARE,
    "migratable.w_gap": _SHARE,
    "migratable.w_maturity": _SHARE,
    "migratable.maturity_days": _DAYS,
    "migratable.evidence_intent": _SHARE,
    "migratable.keep_intent": _SHARE,
    "migratable.evidence_gap": _SHARE,
    "transferable.horizon": (1, 3650),
    "transferable.recent_categories[]": _WEIGHT,
    "transferable.pool_weights[]": _WEIGHT,
    "transferable.ranked_pool_weights[]": _WEIGHT,
    "transferable.cf_low": _POSITIVE,
    "transferable.cf_ratio": (1, inf),
    "transferable.peer_prior": (0, inf),
    "transferable.per_slot": (1, 50),
    "thresholds.*.enter": _SHARE,
    "thresholds.*.leave": _SHARE,
    "quotas.*.fixed": (0, 30),
    "quotas.*.migratable": (0, 30),
    "quotas.*.transferable": (0, 30),
    "lifecycle.acquisition_days": _DAYS,
    "lifecycle.acquisition_occasions": (0, 1000),
    "lifecycle.value_zones": (1, 100),
    "lifecycle.value_aum": (0, inf),
    "lifecycle.value_share": _SHARE,
    "lifecycle.value_days": _DAYS,
    "lifecycle.dormant_days": _DAYS,
    "lifecycle.churned_alive": _SHARE,
    "lifecycle.at_risk_gap": _SHARE,
    "lifecycle.at_risk_alive": _SHARE,
    "ranking.*.cf": _WEIGHT,
    "ranking.*.tag": _WEIGHT,
    "ranking.*.tier_score": _WEIGHT,
    "ranking.*.popularity": _WEIGHT,
    "arrangement.slots": (1, 30),
    "arrangement.category_cap": (1, 30),
    "arrangement.outside_top_share": _SHARE,
    "arrangement.candidates": (1, 2000),
    "arrangement.explore_slots": (0, 30),
    "arrangement.explore_eps": (0, 0.5),
    "arrangement.explore_floor": (0, 0.25),
    "arrangement.explore_temperature": (0.01, 100),
    "arrangement.explore_max": (1, 1000),
    "tasks.per_shelf": (0, 30),
    "tasks.assess_days": (0, 365),
    "fatigue.impressions": (1, 1000),
    "fatigue.window_days": (1, 14),
    "fatigue.dismissed_days": (1, 3650),
    "campaigns[].starts_us": (0, inf),
    "campaigns[].ends_us": (0, inf),
    "holdout_share": (0, 0.5),
    "unmeasured_quality": _SHARE,
}
"""Smallest and largest value per key; `*` is any key of a table, `[]` any member of a list."""


def check_policy(policy: Policy) -> Iterator[Fault]:
    """Every fault of a policy that is complete and of the right kinds."""
    yield from _bounds(policy)
    yield from _hysteresis(policy)
    yield from _sums(policy)
    yield from _exploration(policy)
    yield from _names(policy)


def _bounds(policy: Policy) -> Iterator[Fault]:
    for path, pattern, value in _numbers(policy, "", ""):
        low, high = BOUNDS[pattern]
        if not low <= value <= high:
            wanted = f"at least {low:g}" if high == inf else f"between {low:g} and {high:g}"
            yield path, f"{value:g} is out of range: {'above 0' if (low, high) == _POSITIVE else wanted}"


def _numbers(value: object, path: str, pattern: str) -> Iterator[tuple[str, str, float]]:
    """Path, key of `BOUNDS` and value of every number of a policy."""
    if is_dataclass(value):
        for each in fields(value):
            yield from _numbers(getattr(value, each.name), f"{path}.{each.name}", f"{pattern}.{each.name}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{path}.{key}", f"{pattern}.*")
    elif isinstance(value, tuple):
        for at, inner in enumerate(value):
            yield from _numbers(inner, f"{path}[{at}]", f"{pattern}[]")
    elif isinstance(value, int | float):
        yield path[1:], pattern[1:], value


def _hysteresis(policy: Policy) -> Iterator[Fault]:
    for tier, threshold in policy.thresholds.items():
        if threshold.leave > threshold.enter:
            yield f"thresholds.{tier}.leave", f"{threshold.leave:g} is above enter, {threshold.enter:g}"
    fixed, migratable = policy.fixed, policy.migratable
    pairs = {
        "fixed.keep_repeats": (fixed.keep_repeats, fixed.evidence_repeats),
        "fixed.keep_share": (fixed.keep_share, fixed.evidence_share),
        "migratable.keep_intent": (migratable.keep_intent, migratable.evidence_intent),
    }
    for path, (keep, evidence) in pairs.items():
        if keep > evidence:
            yield path, f"{keep:g} is above what it takes to enter, {evidence:g}"


def _sums(policy: Policy) -> Iterator[Fault]:
    slots = policy.arrangement.slots
    for name, quota in policy.quotas.items():
        if (total := quota.fixed + quota.migratable + quota.transferable) > slots:
            yield f"quotas.{name}", f"{total} slots in the three tiers, but arrangement.slots is {slots}"
    yield from _weights(policy)


def _weights(policy: Policy) -> Iterator[Fault]:
    weights = policy.fixed.w_repeat + policy.fixed.w_duration + policy.fixed.w_balance
    if weights > 1 + TINY:
        yield "fixed", f"w_repeat, w_duration and w_balance add up to {weights:g}, more than 1"
    for name, shares in policy.wallet.shares.items():
        if (total_share := sum(shares.values())) > 1 + TINY:
            yield f"wallet.shares.{name}", f"the shares add up to {total_share:g}, more than 1"
    for tier, rank in policy.ranking.items():
        if rank.cf + rank.tag + rank.tier_score + rank.popularity <= 0:
            yield f"ranking.{tier}", "all weights are 0"
    for name in ("recent_categories", "pool_weights", "ranked_pool_weights"):
        if sum(getattr(policy.transferable, name)) <= 0:
            yield f"transferable.{name}", "all weights are 0"


def _exploration(policy: Policy) -> Iterator[Fault]:
    arrangement = policy.arrangement
    if arrangement.candidates < arrangement.slots:
        yield "arrangement.candidates", f"fewer than arrangement.slots, {arrangement.slots}"
    if 0 < arrangement.explore_eps < 2 * arrangement.explore_floor:
        yield "arrangement.explore_floor", "above half of explore_eps: no product could be drawn"


def _names(policy: Policy) -> Iterator[Fault]:
    for at, name in enumerate(policy.eligibility):
        if name not in ELIGIBILITY:
            why = "the law is not a parameter" if name in CODES else f"known are {', '.join(ELIGIBILITY)}"
            yield f"eligibility[{at}]", f"'{name}' cannot be named here: {why}"
    for tier in ("migratable", "transferable"):
        for at, kind in enumerate(getattr(policy.tasks, tier)):
            if kind not in KINDS:
                yield f"tasks.{tier}[{at}]", f"'{kind}' is no task kind: one of {', '.join(KINDS)}"
    yield from _campaigns(policy)
    lists = {
        "eligibility": policy.eligibility,
        "tasks.migratable": policy.tasks.migratable,
        "tasks.transferable": policy.tasks.transferable,
        "campaigns": tuple(campaign.key for campaign in policy.campaigns),
    }
    for path, names in lists.items():
        if len(frozenset(names)) < len(names):
            yield path, "a name stands twice"


def _campaigns(policy: Policy) -> Iterator[Fault]:
    for at, campaign in enumerate(policy.campaigns):
        if campaign.starts_us is not None and campaign.ends_us is not None and campaign.starts_us >= campaign.ends_us:
            yield f"campaigns[{at}].ends_us", "not after starts_us"
