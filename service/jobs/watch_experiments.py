"""Looks at every running experiment: its health and its guardrails; what is broken is stopped, a due ramp is taken."""

from __future__ import annotations

import logging
from typing import NamedTuple

from service.errors import HuojiaError
from service.experiments.life import ExperimentLife, automatic
from service.experiments.results.checks import check
from service.experiments.results.document import GuardrailResult, Health
from service.experiments.results.looks import LookFound, keep_look, last_us
from service.experiments.results.question import asked_of
from service.experiments.results.whole import read
from service.experiments.spec import Experiment, Reaction
from service.progress import Progress, silent
from service.runtime import Runtime
from service.stores._policies import Act, Writing

log = logging.getLogger(__name__)

ACTOR = "watch-experiments"
JOB = "watch-experiments"
_GRAVEST: tuple[Reaction, ...] = ("roll_back", "pause")


class Looked(NamedTuple):
    """A look that was kept: its number, whether the experiment is trusted, what broke, and what was done."""

    experiment: str
    phase: int
    look: int
    is_trusted: bool
    breached: tuple[str, ...]
    done: str  # pause | roll_back | ramp | "" for nothing


def watch_experiments(runtime: Runtime, *, is_by_hand: bool = False, progress: Progress = silent) -> list[Looked]:
    """Look at each running experiment whose look is due, by hand at all of them.

    A breach acts in this very look, in one transaction with it; an experiment that is not trusted is not ramped. What
    cannot be looked at, whatever it meets, is logged, and the others are looked at all the same.
    """
    running = [one for one in runtime.store.experiments() if one.state == "running"]
    looked = []
    for number, experiment in enumerate(running):
        progress("experiments", number, len(running))
        try:
            found = _look(runtime, experiment, is_by_hand=is_by_hand)
        except HuojiaError as error:
            log.warning("an experiment could not be looked at: %s: %s", experiment.key, error)
            continue
        except Exception:
            log.exception("an experiment could not be looked at: %s", experiment.key)
            continue
        if found is not None:
            looked.append(found)
    return looked


def _look(runtime: Runtime, experiment: Experiment, *, is_by_hand: bool) -> Looked | None:
    store, asked = runtime.store, asked_of(runtime)
    every_us = 0 if is_by_hand else int(runtime.settings.experiment_look_s) * 1_000_000
    unless_us = asked.as_of_us if is_by_hand else asked.as_of_us - every_us
    with store.connect() as connection:
        last = last_us(connection, experiment.key, experiment.phase)
    if last is not None and last > unless_us:
        return None
    found = read(store, experiment.key, asked)
    health = check(found.experiment, found.units, found.around, asked.as_of_us)
    reaction = _reaction_to(health)
    number, done = _kept(runtime, LookFound(health, reaction), found.units.sha256(), asked.as_of_us, unless_us)
    if number is None:
        return None
    if reaction is None and health.is_trusted and not any(one.is_breached for one in health.guardrails):
        act = Act(ACTOR, runtime.clock.now_us(), f"look {number}: due and healthy")
        done = "" if ExperimentLife(store).ramp_due(act, experiment.key) is None else "ramp"
    broken = tuple(f"{one.metric}/{one.arm}" for one in health.guardrails if one.is_breached)
    return Looked(experiment.key, health.phase, number, health.is_trusted, broken, done)


def _kept(runtime: Runtime, found: LookFound, sha256: str, at_us: int, unless_since_us: int) -> tuple[int | None, str]:
    """Keep a look and act upon a breach, both or neither: its number, None where another was kept; what was done."""
    health, reaction = found.health, found.reaction
    with runtime.store.begin() as connection:
        number = keep_look(connection, found, at_us, sha256, unless_since_us=unless_since_us)
        if number is None or reaction is None:
            return number, ""
        broken = [one for one in health.guardrails if one.is_breached and one.reaction == reaction]
        act = Act(ACTOR, runtime.clock.now_us(), f"look {number}: {'; '.join(_told(one) for one in broken)}")
        done = automatic(Writing(connection, act), health.experiment, health.phase, reaction)
    return number, "" if done is None else reaction


def _reaction_to(health: Health) -> Reaction | None:
    """The gravest reaction that a broken guardrail asks for; None where nothing is to be done."""
    asked_for = {one.reaction for one in health.guardrails if one.is_breached}
    return next((one for one in _GRAVEST if one in asked_for), None)


def _told(one: GuardrailResult) -> str:
    return f"{one.metric} of {one.arm} is worse by at least {abs(one.bound or 0.0):.4g}, tolerated {one.margin:g}"
