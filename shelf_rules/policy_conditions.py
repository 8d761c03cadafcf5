"""What conditions must keep: words that exist, ranges that hold something, and no `not` of what is unknown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import fields
from typing import NamedTuple

from shelf_rules.condition import Condition, Range
from shelf_rules.policy_bounds import Fault
from shelf_rules.policy_overlap import RANGES, never_holds
from shelf_rules.policy_words import HOME, LOOKS, PLACEMENT_NAME, WORDS, meant

DEPTH = 8  # conditions inside conditions
REGION = r"^\S{1,64}$"
_CAN_FAIL = tuple(each.name for each in fields(Condition) if each.name not in {"all", "any", "not_", "tag"})
_UNKNOWN = "never matches: what is not known of a customer is not false either"


class Known(NamedTuple):
    """The names that a policy gives to its parts."""

    segments: Collection[str]  # empty: segments cannot be asked for here
    scenes: Collection[str]
    placements: Collection[str]


def check_condition(condition: Condition, path: str, known: Known, depth: int = 1) -> Iterator[Fault]:
    """Every fault of a condition and of those inside it."""
    if depth > DEPTH:
        yield path, f"conditions stand more than {DEPTH} deep in each other: write it flatter, or as a segment"
        return
    yield from _words(condition, path, known)
    yield from _ranges(condition, path)
    inner_faults = [
        fault for at, inner in inside(condition, path) for fault in check_condition(inner, at, known, depth + 1)
    ]
    yield from inner_faults
    if condition.not_ is not None and not any(at.startswith(f"{path}.not") for at, _ in inner_faults):
        yield from _denied(condition.not_, f"{path}.not")


def check_whole(condition: Condition, path: str, known: Known) -> Iterator[Fault]:
    """Every fault of a condition that stands by itself; without any, whether it can hold at all."""
    faults = list(check_condition(condition, path, known))
    yield from faults
    if not faults and (key := never_holds(condition)):
        yield path, f"never holds: what it asks of {key} excludes itself, write it once"


def empty(condition: Condition) -> bool:
    """Whether nothing is named."""
    return all(getattr(condition, each.name) in (None, ()) for each in fields(condition))


def inside(condition: Condition, path: str) -> Iterator[tuple[str, Condition]]:
    """The conditions one level below, with their paths."""
    for key in ("all", "any"):
        for at, inner in enumerate(getattr(condition, key)):
            yield f"{path}.{key}[{at}]", inner
    if condition.not_ is not None:
        yield f"{path}.not", condition.not_


def _words(condition: Condition, path: str, known: Known) -> Iterator[Fault]:
    closed = {**WORDS, "scene": known.scenes}
    for key, words in closed.items():
        for at, word in enumerate(getattr(condition, key)):
            if word not in words:
                yield f"{path}.{key}[{at}]", f"'{word}' is no {key}; {meant(word, words)}"
    if condition.did is not None:
        yield from _kinds(condition.did.kinds, f"{path}.did.kinds")
    for at, region in enumerate(condition.region):
        if not re.fullmatch(REGION, region):
            yield f"{path}.region[{at}]", f"'{region}' is no region: write a code without spaces, such as '310000'"
    yield from _own_words(condition, path, known)


def _own_words(condition: Condition, path: str, known: Known) -> Iterator[Fault]:
    if condition.segment and not known.segments:
        yield f"{path}.segment", "a segment cannot ask for segments: write the other segment's condition here"
    else:
        for at, word in enumerate(condition.segment):
            if word not in known.segments:
                yield f"{path}.segment[{at}]", f"'{word}' is no segment; {meant(word, known.segments)}"
    places = (HOME, *known.placements)
    for at, word in enumerate(condition.placement):
        advice = meant(word, places)
        if word not in places and (advice.startswith("did") or not re.fullmatch(PLACEMENT_NAME, word)):
            yield f"{path}.placement[{at}]", f"'{word}' is no placement; {advice}"


def _kinds(kinds: tuple[str, ...], path: str) -> Iterator[Fault]:
    if not kinds:
        yield path, f"names no kind: write some of {', '.join(LOOKS)}"
    for at, word in enumerate(kinds):
        if word not in LOOKS:
            bought = word in {"purchase", "top_up", "renewal"}
            advice = "write bought: {…} for purchases" if bought else meant(word, LOOKS)
            yield f"{path}[{at}]", f"'{word}' is no kind that is kept; {advice}"


def _ranges(condition: Condition, path: str) -> Iterator[Fault]:
    named: dict[str, Range | None] = {key: getattr(condition, key) for key in RANGES}
    if condition.tag is not None:
        named |= {"tag.affinity": condition.tag.affinity, "tag.quality": condition.tag.quality}
    for key, given in named.items():
        if given is None:
            continue
        if given.at_least is None and given.below is None:
            yield f"{path}.{key}", "an empty range: write at_least, below or both"
        elif given.at_least is not None and given.below is not None and given.at_least >= given.below:
            low, high = sorted((given.at_least, given.below))
            advice = f"{{at_least: {low:.15g}, below: {high:.15g}}}" if low < high else "a larger value for below"
            yield f"{path}.{key}", f"holds nothing, at_least is not less than below: write {advice}"
        elif given.below == 0:
            yield f"{path}.{key}.below", "nothing is below 0: write a larger value"


def _denied(condition: Condition, path: str) -> Iterator[Fault]:
    """A negation that never matches, because what it denies is true or unknown, never false."""
    if empty(condition):
        yield path, "an empty condition always holds, its negation never does: write what must not hold"
    elif not _may_fail(condition):
        if condition.tag is not None:
            tag = condition.tag.tag
            yield path, f"{_UNKNOWN}; write tag: {{tag: {tag}, affinity: {{below: 0.5}}}} without not"
        else:
            yield path, f"{_UNKNOWN}; write not over something that can be false"


def _may_fail(condition: Condition) -> bool:
    """Whether the condition can be false, rather than true or unknown."""
    tag = condition.tag
    if any(getattr(condition, key) for key in _CAN_FAIL) or (tag is not None and (tag.affinity or tag.quality)):
        return True
    if condition.not_ is not None and _may_hold(condition.not_):
        return True
    one_of = bool(condition.any) and all(_may_fail(inner) for inner in condition.any)
    return one_of or any(_may_fail(inner) for inner in condition.all)


def _may_hold(condition: Condition) -> bool:
    """Whether the condition can be true, as far as its negations go."""
    if condition.not_ is not None and not _may_fail(condition.not_):
        return False
    one_of = not condition.any or any(_may_hold(inner) for inner in condition.any)
    return one_of and all(_may_hold(inner) for inner in condition.all)
