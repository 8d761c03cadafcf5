"""Which rules of the policy act on one shelf, and the policy that comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue, Floats, Ints
from shelf_rules.kept import kept
from shelf_rules.matching import Test, about, scene_of, tested
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import Cap, Lift, Placement, Scene, Selection, ShelfRule, Then
from shelf_rules.situation import Situation

V = TypeVar("V")
_CHANGES = ("quotas", "thresholds", "ranking", "explore", "tasks")


def fire(situation: Situation) -> None:
    """Label the customer's segments, find the rules that act, and put the policy that they leave into the situation.

    Where several rules set the same parameter the first one counts. Needs evidence, stage and overlay where the shelf
    is personal.
    """
    policy = situation.policy
    segments, rules = _tests(policy)
    if situation.evidence is not None:
        situation.segments = {name: test(situation) for name, test in segments}
    now_us = situation.facts.now_us
    situation.fired = tuple(rule for rule, test in rules if _in_time(rule, now_us) and test(situation) is True)
    changing = tuple(rule.name for rule in situation.fired if _changes(rule.then))
    placement = situation.facts.query.placement
    if changing or placement in policy.placements:
        situation.policy = _effective(policy, placement if placement in policy.placements else None, changing)
    situation.raised = _raised_by(situation)


@lru_cache(maxsize=8)
def _tests(policy: Policy) -> tuple[tuple[tuple[str, Test], ...], tuple[tuple[ShelfRule, Test], ...]]:
    """The policy's segments and rules, each with what tests its condition."""
    segments = tuple((each.name, tested(each.when)) for each in policy.segments)
    return segments, tuple((rule, tested(rule.when)) for rule in policy.rules)


def _in_time(rule: ShelfRule, now_us: int) -> bool:
    return (rule.from_ is None or now_us >= rule.from_) and (rule.until is None or now_us < rule.until)


def _changes(then: Then) -> bool:
    return any(getattr(then, name) not in (None, {}) for name in _CHANGES)


@lru_cache(maxsize=64)
def _effective(policy: Policy, placement: str | None, changing: tuple[str, ...]) -> Policy:
    """The policy of a placement with what the rules of these names set; the same object for the same arguments."""
    place = None if placement is None else policy.placements[placement]
    rules = [rule.then for rule in policy.rules if rule.name in changing]
    for then in reversed(rules):  # what is written last counts: the first rule
        policy = _changed(policy, then)
    return policy if place is None else _placed(policy, place)


def _changed(policy: Policy, then: Then) -> Policy:
    tasks = policy.tasks if then.tasks is None else replace(policy.tasks, offered=then.tasks)
    return replace(
        policy,
        quotas=policy.quotas if then.quotas is None else dict.fromkeys(policy.quotas, then.quotas),
        thresholds={**policy.thresholds, **then.thresholds},
        ranking={**policy.ranking, **then.ranking},
        arrangement=replace(policy.arrangement, explore={**policy.arrangement.explore, **then.explore}),
        tasks=tasks,
    )


def _placed(policy: Policy, place: Placement) -> Policy:
    arrangement = replace(policy.arrangement, slots=place.slots)
    return replace(policy, arrangement=arrangement, quotas=dict.fromkeys(policy.quotas, place.quotas))


def withheld_by_rules(situation: Situation) -> Bools:
    """Rows that a rule of the policy withholds here, or that this placement has no place for."""
    selections = tuple(rule.then.withhold for rule in situation.fired if rule.then.withhold is not None)
    place = situation.policy.placements.get(situation.facts.query.placement)
    if not selections and (place is None or place.select == Selection()):
        return situation.catalogue.no_rows
    return _withheld(situation.catalogue, selections, None if place is None else place.select)


def withholders(situation: Situation, rows: Ints) -> dict[str, Ints]:
    """Of rows that a rule withholds those of each rule, under the first one; the rest is the placement's."""
    found: dict[str, Ints] = {}
    for rule in situation.fired if len(rows) else ():
        if rule.then.withhold is not None:
            own = rows_of(situation.catalogue, rule.then.withhold)[rows]
            found[rule.name], rows = rows[own], rows[~own]
    found[f"placement.{situation.facts.query.placement}"] = rows
    return {name: of for name, of in found.items() if len(of)}


@kept
def _withheld(catalogue: Catalogue, selections: tuple[Selection, ...], only: Selection | None) -> Bools:
    rows = np.zeros(len(catalogue), dtype=np.bool_) if only is None else ~rows_of(catalogue, only)
    for selection in selections:
        rows |= rows_of(catalogue, selection)
    rows.setflags(write=False)
    return rows


@kept
def rows_of(catalogue: Catalogue, selection: Selection) -> Bools:
    """The rows that a selection means, worked out once per catalogue; shared, not to be written to."""
    rows = np.ones(len(catalogue), dtype=np.bool_)
    if selection.products:
        rows &= np.isin(np.array(catalogue.product_ids, dtype=np.object_), selection.products)
    if selection.categories:
        numbers = [catalogue.categories.number[code] for code in selection.categories if code in _numbers(catalogue)]
        rows &= np.isin(catalogue.category, numbers)
    if selection.zones:
        zones = [number for number, zone in enumerate(catalogue.categories.zones) if zone in selection.zones]
        rows &= np.isin(catalogue.zone, zones)
    if selection.scenes:
        rows &= _of_scenes(catalogue, selection.scenes)
    if selection.grades:
        rows &= np.isin(catalogue.grade, selection.grades)
    rows.setflags(write=False)
    return rows


def _numbers(catalogue: Catalogue) -> Mapping[str, int]:
    return catalogue.categories.number


def _of_scenes(catalogue: Catalogue, scenes: tuple[str, ...]) -> Bools:
    rows = np.zeros(len(catalogue), dtype=np.bool_)
    for scene in scenes:
        rows |= catalogue.scenes.get(scene, catalogue.no_rows)
    return rows


def _raised_by(situation: Situation) -> Mapping[str, Floats]:
    """What is added to the scores, by the name of the part: columns over catalogue rows."""
    raised: dict[str, Floats] = {}
    lifts = tuple(lift for rule in situation.fired for lift in _lifts(rule.then))
    if lifts:
        raised["rule"] = _lifted(situation.catalogue, lifts)
    scene = scene_of(situation)
    if scene is not None and scene in situation.policy.scenes:
        raised["scene"] = _fitting(situation.catalogue, scene, situation.policy.scenes[scene])
    return raised


def _lifts(then: Then) -> tuple[Lift, ...]:
    bury = () if then.bury is None else (Lift(then.bury.select, -then.bury.by),)
    return bury if then.boost is None else (then.boost, *bury)


@kept
def _lifted(catalogue: Catalogue, lifts: tuple[Lift, ...]) -> Floats:
    column = np.zeros(len(catalogue))
    for lift in lifts:
        column += lift.by * rows_of(catalogue, lift.select)
    column.setflags(write=False)
    return column


@kept
def _fitting(catalogue: Catalogue, name: str, scene: Scene) -> Floats:
    linked = about(catalogue, scene.categories)[catalogue.category] | _of_scenes(catalogue, (name,))
    column: Floats = np.where(linked, scene.by, 0.0)
    column.setflags(write=False)
    return column


def caps_of(situation: Situation) -> tuple[Cap, ...]:
    """The caps of the rules that act."""
    return tuple(rule.then.cap for rule in situation.fired if rule.then.cap is not None)
