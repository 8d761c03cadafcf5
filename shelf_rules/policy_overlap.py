"""Whether two conditions, or two times, can hold together, as far as that can be proven from what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import NamedTuple

from shelf_rules.condition import Condition
from shelf_rules.policy_rules import ShelfRule

_ONE_VALUE = ("channel", "placement", "scene", "weekday", "region", "stage", "overlay", "risk_capacity")
_MANY_VALUES = ("segment", "held")
RANGES = ("age", "tenure_days", "quiet_days", "aum", "held_zones")
"""The fields of a condition that are ranges."""


class Claims(NamedTuple):
    """What a condition asks of each attribute for certain: one of these values, none of those, within this range."""

    allowed: Mapping[str, frozenset[object]]
    denied: Mapping[str, frozenset[object]]
    ranges: Mapping[str, tuple[float, float]]


def claims(condition: Condition) -> Claims:
    """What must hold wherever the condition does; what stands under `any` is left out."""
    allowed: dict[str, frozenset[object]] = {}
    denied: dict[str, frozenset[object]] = {}
    ranges: dict[str, tuple[float, float]] = {}
    for part in _conjuncts(condition):
        for key in (*_ONE_VALUE, *_MANY_VALUES):
            if values := frozenset(getattr(part, key)):
                one = key in _ONE_VALUE and key in allowed
                allowed[key] = allowed[key] & values if one else values
        for key in RANGES:
            if (given := getattr(part, key)) is not None:
                low, high = ranges.get(key, (float("-inf"), float("inf")))
                own_low = low if given.at_least is None else given.at_least
                ranges[key] = max(low, own_low), min(high, high if given.below is None else given.below)
        for key, values in _denials(part):
            denied[key] = denied.get(key, frozenset()) | values
    return Claims(allowed, denied, ranges)


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    yield condition
    for inner in condition.all:
        yield from _conjuncts(inner)


def _denials(condition: Condition) -> Iterator[tuple[str, frozenset[object]]]:
    """The values that a negation of one list alone denies."""
    if condition.not_ is None:
        return
    named = [each.name for each in fields(condition.not_) if getattr(condition.not_, each.name) not in (None, ())]
    if len(named) == 1 and named[0] in (*_ONE_VALUE, *_MANY_VALUES):
        yield named[0], frozenset(getattr(condition.not_, named[0]))


def disjoint(one: Claims, other: Claims) -> bool:
    """Whether the two conditions provably never hold together."""
    shared = (key for key in _ONE_VALUE if key in one.allowed and key in other.allowed)
    apart = any(not one.allowed[key] & other.allowed[key] for key in shared)
    denied = any(_shut(one, other, key) or _shut(other, one, key) for key in (*_ONE_VALUE, *_MANY_VALUES))
    spans = ((one.ranges[key], other.ranges[key]) for key in RANGES if key in one.ranges and key in other.ranges)
    return apart or denied or any(a[1] <= b[0] or b[1] <= a[0] for a, b in spans)


def _shut(one: Claims, other: Claims, key: str) -> bool:
    """Whether all that one allows is denied by the other."""
    return bool(one.allowed.get(key)) and one.allowed[key] <= other.denied.get(key, frozenset())


def never_holds(condition: Condition) -> str:
    """The attribute of which the condition asks what excludes itself, empty where there is none."""
    asked = claims(condition)
    for key, values in asked.allowed.items():
        if not values or values <= asked.denied.get(key, frozenset()):
            return key
    return next((key for key, (low, high) in asked.ranges.items() if low >= high), "")


def overlap(one: ShelfRule, other: ShelfRule) -> tuple[int | None, int | None] | None:
    """The time in which both rules act, open where it is None; None where there is none."""
    begins = max((at for at in (one.from_, other.from_) if at is not None), default=None)
    ends = min((at for at in (one.until, other.until) if at is not None), default=None)
    return None if begins is not None and ends is not None and begins >= ends else (begins, ends)
