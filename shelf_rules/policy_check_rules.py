"""What each when/then rule of a policy must keep by itself, and each selection, segment and placement."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import fields

from shelf_rules.condition import Condition
from shelf_rules.decision import TIERS
from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import Fault, instant_text
from shelf_rules.policy_conditions import Known, check_whole, empty, inside
from shelf_rules.policy_overlap import claims
from shelf_rules.policy_rules import Exploration, Instant, Quota, RankWeights, Selection, ShelfRule, Then, Threshold
from shelf_rules.policy_words import HOME, NAME, PLACEMENT_NAME, PLACES, meant

MOST_RULES, MOST_SEGMENTS, MOST_CONDITIONS = 200, 50, 1000
_TOO_MANY = f"{{}} conditions are too many: write at most {MOST_CONDITIONS} in all"
_SWITCHED_OFF = "acts only where eligibility names 'policy_rule': write it there"
_DEEDS = tuple(each.name for each in fields(Then))


def check_rules(policy: Policy) -> Iterator[Fault]:
    """Every fault that one rule has by itself, and names that stand twice."""
    if len(policy.rules) > MOST_RULES:
        yield "rules", f"{len(policy.rules)} rules are too many: write at most {MOST_RULES}"
        return
    if (conditions := sum(_conditions(rule.when) for rule in policy.rules)) > MOST_CONDITIONS:
        yield "rules", _TOO_MANY.format(conditions)
        return
    known = Known([segment.name for segment in policy.segments], tuple(policy.scenes), tuple(policy.placements))
    yield from check_own_names("rules", [rule.name for rule in policy.rules], NAME)
    for at, rule in enumerate(policy.rules):
        yield from check_whole(rule.when, f"rules[{at}].when", known)
        yield from check_window(rule.from_, rule.until, f"rules[{at}]")
        yield from _check_then(policy, rule, f"rules[{at}].then")


def _conditions(condition: Condition) -> int:
    """A condition and all those inside it."""
    return 1 + sum(_conditions(inner) for _, inner in inside(condition, ""))


def check_segments(policy: Policy) -> Iterator[Fault]:
    """Every fault of the value segments."""
    if len(policy.segments) > MOST_SEGMENTS:
        yield "segments", f"{len(policy.segments)} segments are too many: write at most {MOST_SEGMENTS}"
        return
    if (conditions := sum(_conditions(segment.when) for segment in policy.segments)) > MOST_CONDITIONS:
        yield "segments", _TOO_MANY.format(conditions)
        return
    known = Known((), tuple(policy.scenes), tuple(policy.placements))
    yield from check_own_names("segments", [segment.name for segment in policy.segments], NAME)
    for at, segment in enumerate(policy.segments):
        yield from check_whole(segment.when, f"segments[{at}].when", known)
        if empty(segment.when):
            yield f"segments[{at}].when", "names nothing, everybody would be in it: write what its customers have"


def check_placements(policy: Policy) -> Iterator[Fault]:
    """Every fault of the embedded shelves."""
    for name, place in policy.placements.items():
        path = f"placements.{name}"
        if not re.fullmatch(PLACEMENT_NAME, name):
            yield path, f"'{name}' is no name: write 1 to 32 of a-z 0-9 _, a letter first"
        yield from _fits(place.quotas, place.slots, f"{path}.quotas", f"{path}.slots is")
        yield from _scenes(place.select, f"{path}.select", policy)
        if place.select != Selection() and "policy_rule" not in policy.eligibility:
            yield f"{path}.select", _SWITCHED_OFF
        if place.scene is not None and place.scene not in policy.scenes:
            yield f"{path}.scene", f"'{place.scene}' is no scene; {meant(place.scene, policy.scenes)}"


def check_own_names(path: str, names: Collection[str], pattern: str, key: str = "name") -> Iterator[Fault]:
    """Names that are none, or that stand twice in their list."""
    seen: dict[str, int] = {}
    for at, name in enumerate(names):
        if not re.fullmatch(pattern, name):
            yield f"{path}[{at}].{key}", f"'{name}' is no name: write 1 to 64 of a-z 0-9 _ -, a letter or digit first"
        elif name in seen:
            yield f"{path}[{at}].{key}", f"'{name}' is the name of {path}[{seen[name]}]: write another one"
        seen.setdefault(name, at)


def check_window(begins: Instant | None, ends: Instant | None, path: str) -> Iterator[Fault]:
    """A time that ends before it begins."""
    if begins is not None and ends is not None and begins >= ends:
        yield f"{path}.until", f"{instant_text(ends)} is not after from, {instant_text(begins)}: write a later time"


def check_threshold(threshold: Threshold, path: str) -> Iterator[Fault]:
    """A leave value above the enter value."""
    if threshold.leave > threshold.enter:
        yield f"{path}.leave", f"{threshold.leave:g} is above enter: write at most {threshold.enter:g}"


def check_weights(weights: RankWeights, path: str) -> Iterator[Fault]:
    """Weights that order nothing."""
    if weights.cf + weights.tag + weights.tier_score + weights.popularity <= 0:
        yield path, "all weights are 0: write at least one above 0"


def check_exploration(exploration: Exploration, floor: float, path: str) -> Iterator[Fault]:
    """An exploration in which no product could be drawn."""
    if exploration.slots and 0 < exploration.eps < 2 * floor:
        yield f"{path}.eps", f"no product could be drawn: write 0, or at least twice explore_floor, {2 * floor:g}"


def _check_then(policy: Policy, rule: ShelfRule, path: str) -> Iterator[Fault]:
    then, places = rule.then, [str(name) for name in claims(rule.when).allowed.get("placement", (HOME,))]
    own = policy.arrangement.slots
    slots = max((policy.placements[name].slots if name in policy.placements else own for name in places), default=own)
    if all(getattr(then, name) in (None, {}) for name in _DEEDS):
        yield path, f"does nothing: write one of {', '.join(_DEEDS)}"
    for key, selection in selections(then):
        if selection == Selection():
            yield f"{path}.{key}", "names nothing, so it means every product: write products, categories, zones, …"
        yield from _scenes(selection, f"{path}.{key}", policy)
    if then.boost is not None and then.bury is not None and then.boost.select == then.bury.select:
        yield f"{path}.bury", "buries what boost raises: write one of them"
    if then.withhold is not None and "policy_rule" not in policy.eligibility:
        yield f"{path}.withhold", _SWITCHED_OFF
    if then.quotas is not None and places and all(name in policy.placements for name in places):
        yield f"{path}.quotas", f"an embedded shelf has its own: write placements.{min(places)}.quotas"
    elif then.quotas is not None:
        yield from _fits(then.quotas, slots, f"{path}.quotas", "the shelf has")
    yield from _places(then, slots, path)
    yield from _parameters(policy, then, path)


def selections(then: Then) -> Iterator[tuple[str, Selection]]:
    """The products that a rule means, by their path below `then`."""
    if then.withhold is not None:
        yield "withhold", then.withhold
    for key, part in (("boost", then.boost), ("bury", then.bury), ("cap", then.cap)):
        if part is not None:
            yield f"{key}.select", part.select


def _places(then: Then, slots: int, path: str) -> Iterator[Fault]:
    tiers = {"pin.tier": then.pin and then.pin.tier, "cap.tier": then.cap and then.cap.tier}
    for key, tier in tiers.items():
        if tier is not None and tier not in PLACES:
            yield f"{path}.{key}", f"'{tier}' is no tier; {meant(tier, PLACES)}"
    if then.pin is not None and then.pin.slot > slots:
        yield f"{path}.pin.slot", f"{then.pin.slot} is beyond the shelf: write 1 to {slots}"


def _parameters(policy: Policy, then: Then, path: str) -> Iterator[Fault]:
    for key in ("thresholds", "ranking", "explore"):
        for tier, value in getattr(then, key).items():
            at = f"{path}.{key}.{tier}"
            if tier not in TIERS:
                yield at, f"'{tier}' is no tier of customers; {meant(tier, TIERS)}"
            elif isinstance(value, Threshold):
                yield from check_threshold(value, at)
            elif isinstance(value, RankWeights):
                yield from check_weights(value, at)
            else:
                yield from check_exploration(value, policy.arrangement.explore_floor, at)


def _fits(quota: Quota, slots: int, path: str, of: str) -> Iterator[Fault]:
    if (total := quota.fixed + quota.migratable + quota.transferable) > slots:
        yield path, f"{total} slots in the three tiers, but {of} {slots}: write quotas that add up to {slots}"


def _scenes(selection: Selection, path: str, policy: Policy) -> Iterator[Fault]:
    for at, scene in enumerate(selection.scenes):
        if scene not in policy.scenes:
            yield f"{path}.scenes[{at}]", f"'{scene}' is no scene; {meant(scene, policy.scenes)}"
