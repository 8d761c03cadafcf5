"""What every act upon experiments shares: finding, writing down, and putting in force under the next generation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from service.errors import Conflict, Missing, PreconditionFailed
from service.experiments.spec import Experiment, Layer, Spec, State
from service.stores import _experiments, _policies, tables
from service.stores._policies import Writing

_DAY_US = 86_400_000_000
LIVE: tuple[State, ...] = ("running", "paused")
"""States in which an experiment is in force: whatever is done to it then makes a generation."""


def found(writing: Writing, key: str, *states: State) -> Experiment:
    """An experiment as it stands; raises Missing, and Conflict for one in another state than these."""
    one = _experiments.experiment(writing.connection, key)
    if one is None:
        raise Missing("unknown_experiment", f"experiment {key}: there is none of this key")
    if states and one.state not in states:
        raise Conflict("wrong_state", f"experiment {key} is {one.state}, not {' or '.join(states)}")
    return one


def layer_of(writing: Writing, key: str) -> Layer:
    """A layer; raises Missing."""
    for layer in _experiments.layers(writing.connection):
        if layer.key == key:
            return layer
    raise Missing("unknown_layer", f"layer {key}: there is none of this key")


def expect(writing: Writing, generation: int | None) -> None:
    """Raises PreconditionFailed where another generation is in force than the caller saw."""
    now = _policies.generation(writing.connection)
    if generation is not None and generation != now:
        raise PreconditionFailed("stale_generation", f"If-Match: generation {now} is in force, not {generation}")


def activate(writing: Writing, kind: str) -> int:
    """The next generation, under the policy that is in force; raises Conflict before there is one."""
    try:
        _, record = _policies.active_policy(writing.connection)
    except LookupError as error:
        raise Conflict("no_policy", str(error)) from None
    return writing.activate(kind, record)


def keep(writing: Writing, what: str, spec: Spec, standing: tuple[State, int], generation: int) -> Experiment:
    """Write an act down with the experiment as it is then; `standing` is its state and phase."""
    state, phase = standing
    text = msgspec.json.encode(spec, order="sorted")
    sha256 = hashlib.sha256(text).hexdigest()
    own = {"key": spec.key, "phase": phase, "state": state, "spec": text.decode(), "sha256": sha256}
    _keep(writing, what, own, generation)
    return Experiment(spec, phase, state, sha256, generation, writing.act.at_us)


def pause_all(writing: Writing) -> list[str]:
    """Pause every running experiment under one generation, as the kill switch does; their keys.

    Their documents are copied as they are: what another release wrote stops too.
    """
    running = _experiments.standing(writing.connection, ["running"])
    if running:
        generation = activate(writing, "experiment")
        for one in running:
            own = {name: getattr(one, name) for name in ("key", "phase", "spec", "sha256")}
            _keep(writing, "kill", own | {"state": "paused"}, generation)
        writing.sign("experiments_kill", "experiments", None, None)
    return [one.key for one in running]


def due_coverage(writing: Writing, one: Experiment) -> float | None:
    """The highest coverage of the written ramp whose time has come since the phase began, None where it has that."""
    rows = _policies.rows_of(writing.connection, tables.ExperimentActs, key=one.key, phase=one.phase, state="running")
    since_us = rows[0]["at_us"] if rows else writing.act.at_us
    days = (writing.act.at_us - since_us) / _DAY_US
    due = [step.coverage for step in one.spec.ramp if step.after_days <= days and step.coverage > one.spec.coverage]
    return max(due, default=None)


def _keep(writing: Writing, what: str, own: Mapping[str, Any], generation: int) -> None:
    """One more row of an experiment: its own columns, and those of the act."""
    act = writing.act
    signed = {"actor": act.actor, "reason": act.comment, "at_us": act.at_us}
    writing.numbered(tables.ExperimentActs, **own, act=what, generation=generation, **signed)
