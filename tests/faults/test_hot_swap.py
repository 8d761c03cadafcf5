"""Models swapped while shelves are served: every answer is of one model, and an unsound one never comes into force."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.artifact import Artifact, ArtifactError, dumps
from service.errors import Refused
from service.model_shelf import ModelShelf
from service.pipeline.facts import Asked, Moment, build_facts
from service.runtime import Runtime
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.decide import decide
from shelf_rules.facts import Query
from tests.sample_bank import SampleBank, Service, serving

SWAPS, READERS = 20, 3


def turned(artifact: Artifact) -> Artifact:
    """Another model: popularity and every blend the other way round."""
    arrays: Mapping[str, Any] = artifact.arrays
    recent = arrays["popularity.recent"]
    changes = {"popularity.recent": recent.max() - recent}
    changes |= {name: -arrays[name] for name in ("ranker.weights", "als.item_factors") if name in arrays}
    return Artifact({**arrays, **changes}, artifact.manifest)


def products_of(runtime: Runtime, world: World, customer_id: str, row: CustomerRow) -> list[int]:
    """The rows on a customer's shelf under one world."""
    now_us = runtime.clock.now_us()
    moment = Moment(now_us, runtime.calendar.day(now_us), runtime.calendar.year(now_us))
    facts = build_facts(Asked(customer_id, Query(), moment, 1, held_out=False), row, world)
    decision = decide(facts, world.catalogue, world.policy, world.regime)
    return [slot.row for slot in (*decision.slots, *decision.public)]


def read(runtime: Runtime, customer_id: str) -> CustomerRow:
    """The customer's row."""
    _, row = runtime.store.read(customer_id, personal=True)
    assert row is not None
    return row


def test_swaps_under_requests_never_mix_two_models(small_bank: SampleBank, tmp_path: Path) -> None:
    with serving(small_bank.copy(tmp_path / "bank").settings()) as service:
        runtime = service.runtime
        shelf = ModelShelf(runtime.settings.folder / "models", runtime.store)
        first = shelf.load(1)
        assert first is not None
        customer_ids = service.active(6)
        rows = {one: read(runtime, one) for one in customer_ids}
        expected = {1: shelves(runtime, rows)}
        promote(runtime, shelf, turned(first))
        expected[0] = shelves(runtime, rows)  # even versions are the turned model
        assert expected[0] != expected[1]
        done, wrong, seen = threading.Event(), [], set()

        def serve() -> None:
            while not done.is_set():
                for one in customer_ids:
                    world = runtime.worlds.last()
                    seen.add(world.versions.model)
                    label = world.labels["model"]
                    same = products_of(runtime, world, one, rows[one]) == expected[world.versions.model % 2][one]
                    if not same or label != f"m{world.versions.model}":
                        wrong.append((world.versions.model, one))

        readers = [threading.Thread(target=serve) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        for number in range(SWAPS):
            promote(runtime, shelf, first if number % 2 == 0 else turned(first))
        done.set()
        for reader in readers:
            reader.join()
        assert wrong == []
        assert len(seen) > 2
        assert service.shelf(customer_ids[0])["versions"]["model"] == f"m{SWAPS + 2}"


def shelves(runtime: Runtime, rows: Mapping[str, CustomerRow]) -> dict[str, list[int]]:
    """Every customer's shelf under the world in force."""
    return {one: products_of(runtime, runtime.worlds.last(), one, row) for one, row in rows.items()}


def promote(runtime: Runtime, shelf: ModelShelf, artifact: Artifact) -> None:
    """Put a model in force at once."""
    shelf.promote(artifact, runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())


@pytest.mark.parametrize("name", ["popularity.recent", "repeat.rate"])
@pytest.mark.parametrize("fault", ["nan", "shape"])
def test_an_unsound_model_cannot_be_promoted(service: Service, name: str, fault: str) -> None:
    runtime = service.runtime
    shelf = ModelShelf(runtime.settings.folder / "models", runtime.store)
    first = shelf.load(1)
    assert first is not None
    array = first.arrays[name]
    bad = np.full(array.shape, np.nan) if fault == "nan" else array[:-1]
    before = runtime.worlds.last()
    with pytest.raises(ArtifactError, match=name.replace(".", r"\.") if fault == "nan" else "length"):
        shelf.promote(Artifact({**first.arrays, name: bad}, first.manifest), runtime.clock.now_us())
    assert runtime.store.versions().model == 1
    assert runtime.worlds.last() is before


def test_a_model_of_another_releases_features_is_refused_and_the_old_one_kept(service: Service) -> None:
    runtime = service.runtime
    shelf = ModelShelf(runtime.settings.folder / "models", runtime.store)
    first = shelf.load(1)
    assert first is not None
    assert dumps(first)
    ranker = {"blends": ["fixed"], "features": ["other"], "window_days": 60}
    other = {**first.manifest, "models": {**first.manifest["models"], "ranker": ranker}}
    before = runtime.worlds.last()
    shelf.promote(Artifact(first.arrays, other), runtime.clock.now_us())
    with pytest.raises(Refused, match="other features"):
        runtime.worlds.refresh(runtime.store.versions())
    assert runtime.worlds.last() is before
    assert service.shelf(service.active(1)[0])["versions"]["model"] == "m1"
