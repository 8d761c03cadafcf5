"""Experiments by hand: list, show, draft, edit, start, ramp, pause, resume, stop, archive, new phase, override."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from service.bootstrap import runtime_of, store_of
from service.clock import parse_us
from service.commands.output import say, say_json, say_table
from service.commands.policies.naming import act_of, read_file
from service.errors import ApiError, Refused
from service.experiments.documents import read_spec
from service.experiments.governed import acts_of, experiment_of, experiments_of, layering_of, shown_experiment
from service.experiments.layering import Put
from service.experiments.life import Done, ExperimentLife
from service.settings import Settings

Said = tuple[str, str]


def listed(settings: Settings, *, as_json: bool) -> None:
    """Every experiment as it stands."""
    with store_of(settings) as store:
        found = store.experiments()
    if as_json:
        say_json({"experiments": [shown_experiment(one) for one in found]})
        return
    rows = [(one.key, one.spec.layer, one.phase, one.state, f"{one.spec.coverage:.0%}", _arms(one)) for one in found]
    say_table("", ("experiment", "layer", "phase", "state", "coverage", "arms"), rows)


def show(settings: Settings, key: str) -> None:
    """An experiment and what was done to it, as JSON."""
    with store_of(settings) as store:
        say_json({**shown_experiment(experiment_of(store, key)), "acts": acts_of(store, key)})


def draft(settings: Settings, path: Path, said: Said) -> None:
    """Keep a file as a new experiment; `said` is (actor, reason), as everywhere below."""
    document = read_file(path).document
    _tell(settings, said, lambda life, act: life.draft(act, _spec(path, document)))


def edit(settings: Settings, path: Path, said: Said) -> None:
    """Write an experiment anew: a draft whole, of what runs only what moves nobody."""
    document = read_file(path).document
    _tell(settings, said, lambda life, act: life.edit(act, _spec(path, document)))


def start(settings: Settings, key: str, said: Said) -> None:
    """Let a draft run."""
    _tell(settings, said, lambda life, act: life.start(act, key))


def ramp(settings: Settings, key: str, coverage: float, said: Said) -> None:
    """Take another coverage."""
    _tell(settings, said, lambda life, act: life.ramp(act, key, coverage))


def pause(settings: Settings, key: str, said: Said) -> None:
    """Let nobody be in it for now."""
    _tell(settings, said, lambda life, act: life.pause(act, key))


def resume(settings: Settings, key: str, said: Said) -> None:
    """Let it run again."""
    _tell(settings, said, lambda life, act: life.resume(act, key))


def stop(settings: Settings, key: str, said: Said) -> None:
    """Let it run no more."""
    _tell(settings, said, lambda life, act: life.stop(act, key))


def archive(settings: Settings, key: str, said: Said) -> None:
    """Hide it."""
    _tell(settings, said, lambda life, act: life.archive(act, key))


def new_phase(settings: Settings, key: str, path: Path | None, said: Said) -> None:
    """Begin the next phase with the fields of a file written anew."""
    changes = {} if path is None else read_file(path).document
    _tell(settings, said, lambda life, act: life.new_phase(act, key, changes))


def override(settings: Settings, key: str, put: tuple[str, str, str], said: Said) -> None:
    """Put a customer into an arm until a time; `put` names the three."""
    customer_id, arm, until = put
    expires_us, act = parse_us(until), act_of(settings, *said)
    if expires_us is None:
        raise Refused("--until: an ISO 8601 time of the years 1970 to 2199")
    with runtime_of(settings) as runtime:
        generation = layering_of(runtime).override(act, key, Put(customer_id, arm, expires_us))
    say(f"customer {customer_id} is in {key}={arm} until {until}, generation {generation}")


def take_back(settings: Settings, key: str, customer_id: str, said: Said) -> None:
    """Let an override count no more."""
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        generation = layering_of(runtime).take_back(act, key, customer_id)
    say(f"customer {customer_id} is drawn in {key} as everybody, generation {generation}")


def _spec(path: Path, document: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a Spec
    try:
        return read_spec(document)
    except ApiError as error:
        lines = [f"{path}: {one['loc']}: {one['detail']}" for one in error.errors]
        raise Refused("\n".join(lines or [f"{path}: {error}"])) from None


def _tell(settings: Settings, said: Said, do: Callable[[ExperimentLife, Any], Done]) -> None:
    act = act_of(settings, *said)
    with runtime_of(settings) as runtime:
        done = do(experiments_of(runtime), act)
    one = done.experiment
    say(f"{one.key} is {one.state}, phase {one.phase}, coverage {one.spec.coverage:.0%}, generation {done.generation}")


def _arms(one: Any) -> str:  # noqa: ANN401 - an experiment
    return ", ".join(f"{arm.key} {arm.weight:.0%}" for arm in one.spec.arms)
