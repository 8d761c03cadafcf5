"""Fits a model on everything known up to a day, holds it against the one in force, and promotes or refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.artifact import Artifact
from recommender.given_factors import FactorsError, GivenFactors
from recommender.promotion import Verdict, judge
from recommender.train import TrainingSettings
from recommender.train import train as fit
from service.errors import Refused
from service.model_shelf import ModelShelf
from service.progress import Progress
from service.runtime import Runtime
from service.training_data import training_data


@dataclass(frozen=True, slots=True)
class Training:
    """What became of a training: the version in force, None where the new model was refused, and why.

    `is_new`: false where the very same model was in force already, under that version.
    """

    version: int | None
    manifest: Mapping[str, Any]
    verdict: Verdict
    is_new: bool = True


def train(runtime: Runtime, as_of_day: int, progress: Progress, given: GivenFactors | None = None) -> Training:
    """Fit on what happened up to `as_of_day`; a model that may go into force is promoted and swapped in.

    A refused one changes nothing, nor does one that is the model in force over again. Raises Refused when nothing is
    known of the time up to that day, or `given` item factors are not those of its cuts.
    """
    progress("read", 0, 4)
    data = training_data(runtime, as_of_day)
    if not len(data.events.day):
        raise Refused("train: no event is known up to that day that may be learnt from")
    progress("fit", 1, 4)
    try:
        trained = fit(data) if given is None else fit(data, TrainingSettings(given=given))
    except FactorsError as error:
        raise Refused(f"--item-factors: {error}") from error
    progress("judge", 2, 4)
    shelf = ModelShelf(runtime.settings.folder / "models", runtime.store)
    incumbent, unread = _in_force(shelf, runtime)
    verdict = judge(trained, incumbent)
    verdict = verdict._replace(notes=(*unread, *verdict.notes))
    version, is_new = None, True
    if verdict.promote:
        progress("promote", 3, 4)
        version, is_new = _promoted(shelf, runtime, trained.artifact)
        if is_new:
            shelf.keep_verdict(version, verdict._asdict())
    progress("done", 4, 4)
    return Training(version, trained.artifact.manifest, verdict, is_new)


def _promoted(shelf: ModelShelf, runtime: Runtime, artifact: Artifact) -> tuple[int, bool]:
    """The version that an artifact has in force, and whether it is a new one."""
    newest, serving = runtime.store.versions().model, runtime.worlds.last().versions.model
    if newest == serving and shelf.is_version(artifact, serving):
        return serving, False
    version = shelf.promote(artifact, runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())
    return version, True


def _in_force(shelf: ModelShelf, runtime: Runtime) -> tuple[Artifact | None, tuple[str, ...]]:
    """The model that serves, None without one, and what is to be said where it is not the newest one."""
    newest, serving = runtime.store.versions().model, runtime.worlds.last().versions.model
    notes = () if newest == serving else (f"model m{newest} cannot be read: compared with what serves instead of it",)
    try:
        return shelf.load(serving), notes
    except Refused as error:
        return None, (*notes, f"not compared with model m{serving}: {error}")
