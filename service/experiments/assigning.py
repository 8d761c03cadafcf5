"""Which arms one customer is in now, in the order laid down: override, hold-out, sticky, range, condition, arm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from service.experiments.assigner import Choice
from service.experiments.growthbook_assigner import hash2
from service.experiments.running import Running
from service.experiments.spec import Assignment, Experiment, LayerHoldout
from service.rules import Rules
from shelf_rules.facts import Facts

HELD_OUT, COMPARED = "held_out", "compared"


@dataclass(frozen=True, slots=True)
class Unit:
    """A customer as experiments see one: the hash unit, what conditions may ask, and the arms seen before."""

    customer_id: str
    unit_ref: str
    now_us: int
    attributes: Mapping[str, Any]
    seen: Mapping[tuple[str, int], str]  # (experiment, phase) -> the arm seen first


class Step(NamedTuple):
    """What was decided of one experiment or hold-out, for the explanation: its arm, if any, and why."""

    layer: str
    experiment: str
    arm: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """The arms of a customer, the hold-outs they are in or compared with, and the rules that come of it.

    `rules`: None where the policy in force applies as it is.
    """

    assignments: tuple[Assignment, ...] = ()
    holdouts: Mapping[str, str] | None = None
    rules: Rules | None = None
    steps: tuple[Step, ...] = ()

    @property
    def arms(self) -> frozenset[tuple[str, str]]:
        """The (experiment, arm) pairs."""
        return frozenset((one.experiment, one.arm) for one in self.assignments)


NOT_ASSIGNED = Assigned()


def assign(running: Running, unit: Unit) -> Assigned:
    """The arms of one customer; the same arguments always give the same arms."""
    if running.is_empty:
        return NOT_ASSIGNED
    standing = {one.key: place for one, place in _standing(running, unit)}
    seen = {one.key: unit.seen.get((one.key, one.phase), "") for one in running.experiments.values() if one.spec.sticky}
    sticky = {key: arm for key, arm in seen.items() if arm}
    choices = running.assigner.choose(unit.unit_ref, unit.attributes, sticky)
    assignments, steps = [], []
    taken: set[str] = set()
    for experiment in sorted(running.experiments.values(), key=lambda one: not _overridden(running, unit, one)):
        layer = experiment.spec.layer
        held = next((one.key for one in running.holdouts(layer) if standing.get(one.key) == HELD_OUT), None)
        found, why = _of_one(running, unit, experiment, (held, choices[experiment.key]))
        if found is not None and layer in taken:
            found, why = None, "another experiment of the layer"
        if found is not None:
            taken.add(layer)
            assignments.append(found)
        steps.append(Step(layer, experiment.key, None if found is None else found.arm, why))
    arms = frozenset((one.experiment, one.arm) for one in assignments) & running.changing
    rules = running.rules[arms] if arms else None
    return Assigned(tuple(sorted(assignments, key=lambda one: one.experiment)), standing, rules, tuple(sorted(steps)))


def arm_label(assignment: Assignment) -> str:
    """How a card's token names an arm."""
    return f"{assignment.experiment}:{assignment.phase}:{assignment.arm}"


def attributes_of(facts: Facts) -> dict[str, Any]:
    """What conditions may ask of a personal shelf; what is not known is left out."""
    past, gate, query = facts.past, facts.gate, facts.query
    found: dict[str, Any] = {
        "channel": query.channel,
        "placement": query.placement,
        "scene": query.scene,
        "region": gate.region or None,
        "risk_capacity": gate.capacity or None,
    }
    if past is not None:
        found["joined_days"] = facts.today - past.joined_day if past.joined_day >= 0 else None
        found["idle_days"] = facts.today - past.active_day if past.active_day >= 0 else None
    return {name: value for name, value in found.items() if value is not None}


def _of_one(
    running: Running, unit: Unit, experiment: Experiment, told: tuple[str | None, Choice]
) -> tuple[Assignment | None, str]:
    override = _overridden(running, unit, experiment)
    if override is not None:
        return Assignment(experiment.key, experiment.phase, override, "override", 1.0), "override"
    held, choice = told
    if held is not None:
        return None, f"holdout {held}"
    if choice.arm is None:
        return None, choice.why
    weight = next(arm.weight for arm in experiment.spec.arms if arm.key == choice.arm)
    source = "sticky" if choice.why == "sticky" else "hash"
    return Assignment(experiment.key, experiment.phase, choice.arm, source, weight), choice.why  # type: ignore[arg-type]


def _overridden(running: Running, unit: Unit, experiment: Experiment) -> str | None:
    mine = running.overrides.get(unit.customer_id, ())
    live = (one for one in mine if one.experiment == experiment.key and one.expires_us > unit.now_us)
    return next((one.arm for one in live), None)


def _standing(running: Running, unit: Unit) -> Iterator[tuple[LayerHoldout, str]]:
    """The layer hold-outs that a customer is in, or in the slice of the same size that they are compared with."""
    for holdout in running.in_force.holdouts:
        place = 1.0 if holdout.ended else hash2(holdout.salt, unit.unit_ref)
        if place < holdout.share:
            yield holdout, HELD_OUT
        elif place < 2 * holdout.share:
            yield holdout, COMPARED
