"""Fits a model on everything known up to a day and puts it in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.train import fit
from service.errors import Refused
from service.model_shelf import ModelShelf
from service.progress import Progress
from service.runtime import Runtime
from service.training_data import training_data


def train(runtime: Runtime, as_of_day: int, progress: Progress) -> tuple[int, Mapping[str, Any]]:
    """Fit on what happened up to `as_of_day`, promote, and swap it in; the version and what the manifest reports.

    Raises Refused when nothing is known of the time up to that day.
    """
    progress("read", 0, 3)
    data = training_data(runtime, as_of_day)
    if not len(data.events.day):
        raise Refused("train: no event is known up to that day, there is nothing to learn from")
    progress("fit", 1, 3)
    artifact = fit(data)
    progress("promote", 2, 3)
    shelf = ModelShelf(runtime.settings.folder / "models", runtime.store)
    version = shelf.promote(artifact, runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())
    progress("promote", 3, 3)
    return version, artifact.manifest
