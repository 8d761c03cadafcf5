"""Whether a condition holds for a shelf: true, false, or None where it hangs on something that is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue, Ints
from shelf_rules.condition import Bought, Condition, Did, Range, TagIs
from shelf_rules.facts import EVENT_KINDS, Past
from shelf_rules.kept import kept
from shelf_rules.lifecycle import tenure
from shelf_rules.situation import Situation
from shelf_rules.tag_trust import tag_trust

Truth = bool | None
Test = Callable[[Situation], Truth]
Ask = Callable[[Situation, Any], Truth]
_KIND = {name: number for number, name in enumerate(EVENT_KINDS)}


def holds(condition: Condition, situation: Situation) -> Truth:
    """Whether the condition holds; who asks often keeps the `tested` it."""
    return tested(condition)(situation)


def tested(condition: Condition) -> Test:
    """All that the condition names, by Kleene's three-valued logic: the negation of what is unknown is unknown."""
    claims: list[Test] = []
    for name, ask in _ASKED.items():
        wanted = getattr(condition, name)
        if wanted is not None and wanted != ():
            claims.append(partial(_answer, ask, wanted))
    claims += [tested(inner) for inner in condition.all]
    if condition.any:
        claims.append(partial(_some, tuple(tested(inner) for inner in condition.any)))
    if condition.not_ is not None:
        claims.append(partial(_not, tested(condition.not_)))
    return claims[0] if len(claims) == 1 else partial(_every, tuple(claims))


def scene_of(situation: Situation) -> str | None:
    """The scene of the page, where the customer lets scenes be used; that of medical care has a consent of its own."""
    placement = situation.policy.placements.get(situation.facts.query.placement)
    scene = situation.facts.query.scene or (placement.scene if placement else None)
    if situation.facts.mode != "personal":
        return scene
    needed = {"scene", "scene_medical"} if scene == "medical" else {"scene"}
    return scene if needed <= situation.facts.gate.scopes else None


def _answer(ask: Ask, wanted: object, situation: Situation) -> Truth:
    return ask(situation, wanted)


def _not(test: Test, situation: Situation) -> Truth:
    claim = test(situation)
    return None if claim is None else not claim


def _some(tests: tuple[Test, ...], situation: Situation) -> Truth:
    found: Truth = False
    for test in tests:
        claim = test(situation)
        if claim:
            return True
        found = None if claim is None else found
    return found


def _every(tests: tuple[Test, ...], situation: Situation) -> Truth:
    found: Truth = True
    for test in tests:
        claim = test(situation)
        if claim is False:
            return False
        found = None if claim is None else found
    return found


def _among(value: object, wanted: tuple[object, ...]) -> Truth:
    return None if value is None else value in wanted


def _inside(value: float | None, wanted: Range) -> Truth:
    if value is None:
        return None
    above = wanted.at_least is None or value >= wanted.at_least
    return above and (wanted.below is None or value < wanted.below)


def _past(situation: Situation) -> Past | None:
    return situation.facts.past if situation.facts.mode == "personal" else None


def _region(situation: Situation, wanted: tuple[str, ...]) -> Truth:
    return _among(situation.facts.gate.region if _past(situation) else None, wanted)


def _overlay(situation: Situation, wanted: tuple[str, ...]) -> Truth:
    return situation.overlay in wanted if _past(situation) else None


def _segment(situation: Situation, wanted: tuple[str, ...]) -> Truth:
    labels = [situation.segments.get(name) for name in wanted]
    return True if True in labels else None if None in labels or not _past(situation) else False


def _capacity(situation: Situation, wanted: tuple[str, ...]) -> Truth:
    capacity = situation.facts.gate.capacity
    return _among(f"C{capacity}" if capacity and _past(situation) else None, wanted)


def _age(situation: Situation, wanted: Range) -> Truth:
    born = situation.facts.gate.birth_year
    return _inside(None if born is None or not _past(situation) else situation.facts.year - born, wanted)


def _tenure(situation: Situation, wanted: Range) -> Truth:
    return _inside(tenure(situation) if _past(situation) else None, wanted)


def _quiet(situation: Situation, wanted: Range) -> Truth:
    past = _past(situation)
    known = past is not None and past.behaviour_read and past.active_day >= 0
    return _inside(situation.facts.today - past.active_day if past is not None and known else None, wanted)


def _holdings_known(situation: Situation) -> bool:
    past = _past(situation)
    return past is not None and past.holdings_read and past.statement


def _aum(situation: Situation, wanted: Range) -> Truth:
    return _inside(situation.weighed().aum if _holdings_known(situation) else None, wanted)


def _held(situation: Situation, wanted: tuple[str, ...]) -> Truth:
    if not _holdings_known(situation):
        return None
    return bool((situation.weighed().held & about(situation.catalogue, wanted)).any())


def _held_zones(situation: Situation, wanted: Range) -> Truth:
    if not _holdings_known(situation):
        return None
    zones = situation.catalogue.categories.zone[situation.weighed().held]
    return _inside(len(set(zones.tolist())), wanted)


def _tag(situation: Situation, wanted: TagIs) -> Truth:
    """A customer who does not carry the tag is unknown to it: nobody said the contrary."""
    past, table = _past(situation), situation.facts.tags
    if past is None or table is None or wanted.tag not in table.codes:
        return None
    number = table.codes.index(wanted.tag)
    own = past.tags[(past.tags["tag"] == number) & (past.tags["assigned"] <= situation.facts.today)]
    if not len(own):
        return None
    affinity = own["affinity"].item(0)
    near = wanted.affinity is None or _inside(1.0 if np.isnan(affinity) else affinity, wanted.affinity)
    trust = tag_trust(situation, table, np.array([number])).item()
    return bool(near and (wanted.quality is None or _inside(trust, wanted.quality)))


def _did(situation: Situation, wanted: Did) -> Truth:
    past, today = _past(situation), situation.facts.today
    if past is None or not past.behaviour_read:
        return None
    kinds = [_KIND[kind] for kind in wanted.kinds]
    recent = past.intent[_lately(past.intent["day"], today, wanted.days) & np.isin(past.intent["kind"], kinds)]
    named = _named(situation.catalogue, recent["category"], wanted.about)
    return int(recent["count"][named].sum()) >= wanted.at_least


def _bought(situation: Situation, wanted: Bought) -> Truth:
    past, today = _past(situation), situation.facts.today
    if past is None or not past.holdings_read:
        return None
    recent = past.purchases[_lately(past.purchases["day"], today, wanted.days) & (past.purchases["cancelled"] < 0)]
    return int(_named(situation.catalogue, recent["category"], wanted.about).sum()) >= wanted.at_least


def _lately(days: Ints, today: int, window: int) -> Bools:
    recent: Bools = (days > today - window) & (days <= today)
    return recent


@kept
def about(catalogue: Catalogue, names: tuple[str, ...]) -> Bools:
    """Whether a category, or its zone, is among these names; a shared column over category numbers."""
    categories = catalogue.categories
    zones = [zone in names for zone in categories.zones]
    marks: Bools = np.array(zones, dtype=np.bool_)[categories.zone]
    marks[[categories.number[name] for name in names if name in categories.number]] = True
    marks.setflags(write=False)
    return marks


def _named(catalogue: Catalogue, categories: Ints, names: tuple[str, ...]) -> Bools:
    """Which of these category numbers are meant; none named is any."""
    if not names:
        return np.ones(len(categories), dtype=np.bool_)
    marks = np.append(about(catalogue, names), False)  # the last entry stands for numbers of no category
    known = (categories >= 0) & (categories < len(marks) - 1)
    meant: Bools = marks[np.where(known, categories, -1)]
    return meant


_ASKED: Mapping[str, Ask] = {
    "channel": lambda situation, wanted: situation.facts.query.channel in wanted,
    "placement": lambda situation, wanted: situation.facts.query.placement in wanted,
    "scene": lambda situation, wanted: _among(scene_of(situation), wanted),
    "weekday": lambda situation, wanted: (situation.facts.today + 3) % 7 + 1 in wanted,
    "region": _region,
    "stage": lambda situation, wanted: _among(situation.stage, wanted),
    "overlay": _overlay,
    "segment": _segment,
    "risk_capacity": _capacity,
    "age": _age,
    "tenure_days": _tenure,
    "quiet_days": _quiet,
    "aum": _aum,
    "held": _held,
    "held_zones": _held_zones,
    "tag": _tag,
    "did": _did,
    "bought": _bought,
}
"""What answers each field of a condition."""
