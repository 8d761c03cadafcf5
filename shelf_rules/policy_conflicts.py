"""What two rules of a policy must not say of the same shelf at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from shelf_rules.condition import ALWAYS
from shelf_rules.decision import PUBLIC
from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import Fault, instant_text
from shelf_rules.policy_overlap import Claims, claims, disjoint, overlap
from shelf_rules.policy_rules import Pin, Selection, ShelfRule
from shelf_rules.policy_words import PLACES


class Placed(NamedTuple):
    """A rule with its place in the policy and what its condition asks for certain."""

    at: int
    rule: ShelfRule
    asked: Claims


def check_conflicts(policy: Policy) -> Iterator[Fault]:
    """Pairs of rules of which one would contradict the other, or win over it in silence."""
    placed = [Placed(at, rule, claims(rule.when)) for at, rule in enumerate(policy.rules)]
    for each in placed:
        yield from _pin_of_withheld(each, each)
    for one, other in combinations(placed, 2):
        if overlap(one.rule, other.rule) is None:
            continue
        yield from _pins(one, other)
        yield from _pin_of_withheld(one, other)
        yield from _pin_of_withheld(other, one)
        if one.rule.when == other.rule.when:
            yield from _lifts(one, other)
            yield from _parameters(one, other)
    yield from _too_many_pins(policy, placed)


def _meet(one: Placed, other: Placed) -> bool:
    return overlap(one.rule, other.rule) is not None and not disjoint(one.asked, other.asked)


def _pins(one: Placed, other: Placed) -> Iterator[Fault]:
    first, second = one.rule.then.pin, other.rule.then.pin
    if first is None or second is None:
        return
    path, who = f"rules[{other.at}].then.pin", f"rule '{one.rule.name}'"
    apart = "conditions or times that cannot hold together"
    if first.product == second.product and _meet(one, other):
        said = f"{who} pins {second.product} already, {_when(one, other)}"
        yield f"{path}.product", f"{said}: write {apart}, or one of the two"
    elif (first.tier, first.slot) == (second.tier, second.slot) and _meet(one, other):
        yield f"{path}.slot", f"{who} pins {first.product} there, {_when(one, other)}: write another slot, or {apart}"


def _pin_of_withheld(pinner: Placed, other: Placed) -> Iterator[Fault]:
    """A pin of a product that a rule with the same condition, or with none, withholds or buries by name."""
    pin, then = pinner.rule.then.pin, other.rule.then
    if pin is None or (then.withhold is None and then.bury is None):
        return
    if other.rule.when not in (ALWAYS, pinner.rule.when):
        return
    path, who = f"rules[{pinner.at}].then.pin.product", f"rule '{other.rule.name}'"
    if _names(then.withhold, pin):
        yield path, f"{who} withholds {pin.product}, so the pin never acts: write one of the two"
    elif then.bury is not None and _names(then.bury.select, pin):
        yield path, f"{who} buries {pin.product}, which a pin does not heed: write one of the two"


def _names(selection: Selection | None, pin: Pin) -> bool:
    return selection is not None and pin.product in selection.products and selection == Selection(selection.products)


def _lifts(one: Placed, other: Placed) -> Iterator[Fault]:
    for key, opposite in (("boost", "bury"), ("bury", "boost")):
        mine, theirs = getattr(other.rule.then, key), getattr(one.rule.then, opposite)
        if mine is not None and theirs is not None and mine.select == theirs.select:
            said = f"rule '{one.rule.name}' has a {opposite} of the same products, {_when(one, other)}"
            yield f"rules[{other.at}].then.{key}", f"{said}: write one of the two"


def _parameters(one: Placed, other: Placed) -> Iterator[Fault]:
    """A parameter that both rules set: the first would win."""
    mine, theirs = other.rule.then, one.rule.then
    keys = [key for key in ("quotas", "tasks") if None not in (getattr(mine, key), getattr(theirs, key))]
    for key in ("thresholds", "ranking", "explore"):
        keys += [f"{key}.{tier}" for tier in getattr(mine, key) if tier in getattr(theirs, key)]
    for key in keys:
        said = f"rule '{one.rule.name}' sets it under the same condition, {_when(one, other)}, and would win"
        yield f"rules[{other.at}].then.{key}", f"{said}: write times that do not overlap, or another condition"


def _too_many_pins(policy: Policy, placed: list[Placed]) -> Iterator[Fault]:
    """A pin for which its tier has no slot left once the rules before it have theirs."""
    for place, room in _rooms(policy).items():
        together: list[Placed] = []
        for each in placed:
            pin = each.rule.then.pin
            if pin is None or pin.tier != place or not all(_meet(each, other) for other in together):
                continue
            together.append(each)
            if len(together) == room + 1:
                path = f"rules[{each.at}].then.pin.tier"
                said = f"{room + 1} rules pin in tier {place}, which never has more than {room} slots"
                yield path, f"{said}: write another tier, or conditions that cannot hold together"


def _rooms(policy: Policy) -> dict[str, int]:
    """The most slots that a tier can have, with those that flow to it."""
    quotas = [*policy.quotas.values(), *(place.quotas for place in policy.placements.values())]
    quotas += [rule.then.quotas for rule in policy.rules if rule.then.quotas is not None]
    tiers = [place for place in PLACES if place != PUBLIC]
    return {
        tier: max(sum(getattr(quota, earlier) for earlier in tiers[: upto + 1]) for quota in quotas)
        for upto, tier in enumerate(tiers)
    }


def _when(one: Placed, other: Placed) -> str:
    """The time in which both rules act, in words."""
    begins, ends = overlap(one.rule, other.rule) or (None, None)
    if begins is None and ends is None:
        return "at all times"
    since = "" if begins is None else f"from {instant_text(begins)}"
    return f"{since} {'on' if ends is None else f'until {instant_text(ends)}'}".strip()
