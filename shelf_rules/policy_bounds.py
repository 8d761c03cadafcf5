"""The smallest and largest value of every number of a policy, and what was probably meant by one beyond them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from math import inf

from shelf_rules.condition import Condition
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import Exploration, Quota, RankWeights, Selection, Threshold
from shelf_rules.policy_words import LOOK_DAYS

Fault = tuple[str, str]
"""A dotted path and what is wrong there, with what to write instead."""

MOST_FAULTS = 200
"""So many are looked for in one document; whoever wrote it mends these first."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TINY = 1e-9
_DAY_S = 86_400
_LEAST_AMOUNT = 1_000
Span = tuple[float, float]
_SHARE: Span = (0, 1)
_WEIGHT: Span = (0, 100)
_DAYS: Span = (0, 3650)
_POSITIVE: Span = (TINY, inf)
_AMOUNT: Span = (0, 1e15)
_INSTANT: Span = (946_684_800_000_000, 4_102_444_799_999_999)  # the years 2000 … 2099
SHARED: Mapping[type, str] = {
    Condition: "condition",
    Selection: "selection",
    Threshold: "thresholds.*",
    Quota: "quotas.*",
    RankWeights: "ranking.*",
    Exploration: "arrangement.explore.*",
}
"""Parts that stand in many places and have the same bounds in all of them."""

BOUNDS: Mapping[str, Span] = {
    "version": (1, 2**31 - 1),
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
    "lifecycle.value_aum": _AMOUNT,
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
    "arrangement.explore.*.slots": (0, 30),
    "arrangement.explore.*.eps": (0, 0.5),
    "arrangement.explore_floor": (0, 0.25),
    "arrangement.explore_temperature": (0.01, 100),
    "arrangement.explore_max": (1, 1000),
    "tasks.per_shelf": (0, 30),
    "tasks.assess_days": (0, 365),
    "fatigue.impressions": (1, 1000),
    "fatigue.window_days": (1, 14),
    "fatigue.dismissed_days": (1, 3650),
    "campaigns[].from": _INSTANT,
    "campaigns[].until": _INSTANT,
    "rules[].from": _INSTANT,
    "rules[].until": _INSTANT,
    "rules[].then.pin.slot": (1, 30),
    "rules[].then.boost.by": (TINY, 1.0),
    "rules[].then.bury.by": (TINY, 1.0),
    "rules[].then.cap.at_most": (1, 30),
    "selection.grades[]": (1, 5),
    "condition.weekday[]": (1, 7),
    "condition.age.at_least": (0, 150),
    "condition.age.below": (0, 150),
    "condition.tenure_days.at_least": (0, 36_500),
    "condition.tenure_days.below": (0, 36_500),
    "condition.quiet_days.at_least": _DAYS,
    "condition.quiet_days.below": _DAYS,
    "condition.aum.at_least": _AMOUNT,
    "condition.aum.below": _AMOUNT,
    "condition.held_zones.at_least": (0, 100),
    "condition.held_zones.below": (0, 100),
    "condition.tag.affinity.at_least": _SHARE,
    "condition.tag.affinity.below": _SHARE,
    "condition.tag.quality.at_least": _SHARE,
    "condition.tag.quality.below": _SHARE,
    "condition.did.days": (1, LOOK_DAYS),
    "condition.did.at_least": (1, 1000),
    "condition.bought.days": (1, 3650),
    "condition.bought.at_least": (1, 1000),
    "scenes.*.by": _SHARE,
    "placements.*.slots": (1, 30),
    "holdout_share": (0, 0.5),
    "unmeasured_quality": _SHARE,
}
"""Smallest and largest value per key; `*` is any key of a table, `[]` any member of a list."""


def check_bounds(policy: Policy) -> Iterator[Fault]:
    """Every number that is out of its bounds, and every amount that is too small to be minor units."""
    for path, pattern, value in numbers(policy, "", ""):
        low, high = BOUNDS[pattern]
        if not low <= value <= high:
            yield path, _beyond(pattern, value)
        elif BOUNDS[pattern] == _AMOUNT and 0 < value < _LEAST_AMOUNT:
            yield path, _too_little(value)


def numbers(value: object, path: str, pattern: str) -> Iterator[tuple[str, str, float]]:
    """Path, key of `BOUNDS` and value of every number of a policy."""
    if is_dataclass(value) and not isinstance(value, type):
        start = f".{SHARED[type(value)]}" if type(value) in SHARED else pattern
        for each in fields(value):
            key = each.name.removesuffix("_")
            yield from numbers(getattr(value, each.name), f"{path}.{key}", f"{start}.{key}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}.{key}", f"{pattern}.*")
    elif isinstance(value, tuple):
        for at, inner in enumerate(value):
            yield from numbers(inner, f"{path}[{at}]", f"{pattern}[]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path[1:], pattern[1:], value


def instant_text(at: int) -> str:
    """UTC microseconds as ISO 8601 in UTC."""
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def span(pattern: str) -> str:
    """The bounds of a number in words: what may be written."""
    low, high = BOUNDS[pattern]
    if low == TINY:
        return "a value above 0" if high == inf else f"a value above 0 and at most {high:g}"
    return f"at least {low:g}" if high == inf else f"a value between {low:.15g} and {high:.15g}"


def _too_little(value: float) -> str:
    return f"amounts are minor units (fen), {value:g} is {value / 100:g} yuan: write {value * 100:g} for {value:g} yuan"


def _beyond(pattern: str, value: float) -> str:
    high = BOUNDS[pattern][1]
    shown = instant_text(round(value)) if BOUNDS[pattern] == _INSTANT else f"{value:.15g}"
    advice = _advice(pattern, value)
    if not advice and high <= 1 and 2 <= value <= 100 * high:
        advice = f"shares are not percent, write {value / 100:g}"
    elif not advice and "days" in pattern and value % _DAY_S == 0 and 0 < value / _DAY_S <= high:
        advice = f"days, not seconds, write {value / _DAY_S:g}"
    return f"{shown} is out of range: {advice or f'write {span(pattern)}'}"


def _advice(pattern: str, value: float) -> str:
    """What is probably meant by a value of certain keys."""
    if BOUNDS[pattern] == _INSTANT:
        return "write a time of the years 2000 to 2099"
    if pattern == "condition.weekday[]":
        return "write 1 (Monday) to 7 (Sunday)"
    if pattern.endswith("cap.at_most") and value == 0:
        return "to show none of them write withhold with the same selection"
    if pattern.endswith((".boost.by", ".bury.by")) and value < 0:
        return f"write {'bury' if '.boost.' in pattern else 'boost'} with by: {-value:g}"
    return ""
