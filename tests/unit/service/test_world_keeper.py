"""The world in force: swapped whole, kept where a new one is refused, and the last policy published is in it soon."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from service import world_keeper
from service.errors import Refused
from service.stores.protocols import Versions
from service.telemetry import Telemetry
from service.world import World
from service.world_keeper import WorldKeeper

FIRST = Versions(1, 1, 2, 1, ())
NEXT = FIRST._replace(generation=2)


@dataclass
class Builder:
    """Builds what is no more than its versions; refuses the models and generations it is told to."""

    refused_models: set[int] = field(default_factory=set)
    refused_generations: set[int] = field(default_factory=set)
    failing: bool = False
    built: list[Versions] = field(default_factory=list)

    def build(self, versions: Versions, now: Any = None) -> Any:
        """A world by its versions, or what is wrong."""
        self.built.append(versions)
        if versions.model in self.refused_models:
            raise Refused(f"model m{versions.model}: altered")
        if versions.generation in self.refused_generations:
            raise Refused("policy default@2: no such part")
        if self.failing:
            raise OSError("the store hangs")
        return SimpleNamespace(versions=versions)


class SlowCatalogue(Builder):
    """Takes as long over another catalogue than the first as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.released = threading.Event(), threading.Event()

    def build(self, versions: Versions, now: Any = None) -> Any:
        """As every builder, later."""
        if now is not None and now.versions.catalogue != versions.catalogue:
            self.begun.set()
            self.released.wait(5)
        return super().build(versions, now)


def _keeper(builder: Builder, versions: Versions = FIRST) -> tuple[WorldKeeper, Telemetry]:
    telemetry = Telemetry()
    return WorldKeeper(builder, versions, telemetry), telemetry  # type: ignore[arg-type]


def _settle() -> None:
    while building := [thread for thread in threading.enumerate() if thread.name == "world"]:
        for thread in building:
            thread.join()


def _swaps(telemetry: Telemetry, outcome: str) -> float:
    return telemetry.registry.get_sample_value("huojia_snapshot_swaps_total", {"outcome": outcome}) or 0.0


def test_new_versions_are_in_force_as_soon_as_they_are_built() -> None:
    keeper, telemetry = _keeper(Builder())
    keeper.at(NEXT)
    _settle()
    assert keeper.at(NEXT).versions == NEXT
    assert _swaps(telemetry, "swapped") == 1


def test_a_suspension_alone_builds_nothing_on_the_request_path() -> None:
    builder = Builder()
    keeper, _ = _keeper(builder)
    keeper.at(FIRST._replace(suspended=(3,)))
    _settle()
    assert builder.built == [FIRST]


def test_a_refused_model_leaves_the_old_world_in_force_and_is_counted() -> None:
    builder = Builder()
    keeper, telemetry = _keeper(builder)
    builder.refused_models = {3}
    keeper.at(FIRST._replace(model=3))
    _settle()
    assert keeper.last().versions == FIRST
    assert _swaps(telemetry, "refused") == 1
    assert telemetry.registry.get_sample_value("huojia_version", {"kind": "model"}) == 2


def test_a_refused_model_holds_back_neither_a_policy_nor_a_suspension() -> None:
    builder = Builder()
    keeper, telemetry = _keeper(builder)
    builder.refused_models = {3}
    keeper.at(NEXT._replace(model=3))
    _settle()
    assert keeper.last().versions == NEXT
    keeper.follow(NEXT._replace(model=3, suspended=(1,)))
    assert keeper.last().versions == NEXT._replace(suspended=(1,))
    assert _swaps(telemetry, "refused") == 2


def test_what_was_refused_is_not_built_again_for_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = Builder()
    keeper, _ = _keeper(builder)
    builder.failing = True
    for _ in range(5):
        keeper.at(NEXT)
        _settle()
    assert builder.built == [FIRST, NEXT]
    builder.failing = False
    monkeypatch.setattr(world_keeper, "RETRY_S", 0.0)
    keeper.at(NEXT)
    _settle()
    assert keeper.last().versions == NEXT


def test_refresh_says_why_it_was_refused_and_keeps_the_old_world() -> None:
    builder = Builder()
    keeper, _ = _keeper(builder)
    builder.refused_models = {3}
    with pytest.raises(Refused, match="m3: altered"):
        keeper.refresh(FIRST._replace(model=3))
    assert keeper.last().versions == FIRST


@pytest.mark.parametrize(("refused", "served"), [({2}, 1), ({1, 2}, 0)])
def test_a_process_starts_with_the_newest_model_that_can_be_read(refused: set[int], served: int) -> None:
    keeper, telemetry = _keeper(Builder(refused_models=refused))
    assert keeper.last().versions.model == served
    assert _swaps(telemetry, "refused") == len(refused)


def test_readers_never_wait_for_a_world_that_is_being_built() -> None:
    released = threading.Event()

    class Slow(Builder):
        def build(self, versions: Versions, now: Any = None) -> Any:
            if versions == NEXT:
                released.wait(5)
            return super().build(versions, now)

    keeper, _ = _keeper(Slow())
    began = time.monotonic()
    for _ in range(100):
        assert keeper.at(NEXT).versions == FIRST
    assert time.monotonic() - began < 1
    released.set()
    _settle()
    assert keeper.last().versions == NEXT


def test_a_policy_is_in_force_while_a_catalogue_is_being_built_and_the_catalogue_takes_it_over() -> None:
    builder, swapped = SlowCatalogue(), list[Versions]()

    class Watched(WorldKeeper):
        def _swap(self, world: World) -> None:
            swapped.append(world.versions)
            super()._swap(world)

    keeper = Watched(builder, FIRST, Telemetry())  # type: ignore[arg-type]
    keeper.at(FIRST._replace(catalogue=2))
    assert builder.begun.wait(5)
    for generation in (2, 3):
        keeper.at(FIRST._replace(catalogue=2, generation=generation))
        _until(lambda generation=generation: keeper.last().versions == FIRST._replace(generation=generation))
    assert keeper.stale_s() > 0
    builder.released.set()
    _settle()
    assert keeper.last().versions == FIRST._replace(catalogue=2, generation=3)
    assert [versions[:2] for versions in swapped] == [(2, 1), (3, 1), (3, 2)]
    assert keeper.stale_s() == 0


def test_a_published_policy_is_in_force_on_return_while_a_catalogue_is_being_built() -> None:
    builder = SlowCatalogue()
    keeper, _ = _keeper(builder)
    keeper.at(FIRST._replace(catalogue=2))
    assert builder.begun.wait(5)
    keeper.follow(NEXT)
    assert keeper.last().versions == NEXT
    both = threading.Thread(target=keeper.follow, args=(NEXT._replace(generation=3, catalogue=2),))
    both.start()
    _until(lambda: keeper.last().versions == NEXT._replace(generation=3))
    builder.released.set()
    both.join()
    assert keeper.last().versions == NEXT._replace(generation=3, catalogue=2)


def test_the_last_of_several_flips_is_in_force_though_nobody_asks_again() -> None:
    released = threading.Event()

    class Slow(Builder):
        def build(self, versions: Versions, now: Any = None) -> Any:
            if versions == NEXT:
                released.wait(5)
            return super().build(versions, now)

    keeper, _ = _keeper(Slow())
    for generation in (2, 3, 4, 5):
        keeper.at(FIRST._replace(generation=generation))
    released.set()
    _settle()
    assert keeper.last().versions == FIRST._replace(generation=5)


def test_a_refused_policy_holds_back_neither_a_later_one_nor_a_model() -> None:
    builder = Builder(refused_generations={2})
    keeper, telemetry = _keeper(builder)
    keeper.at(NEXT._replace(model=3))
    _settle()
    assert keeper.last().versions == FIRST._replace(model=3)
    assert _swaps(telemetry, "refused") == 1
    assert keeper.stale_s() > 0
    keeper.at(NEXT._replace(model=3, generation=3))
    _settle()
    assert keeper.last().versions == FIRST._replace(model=3, generation=3)
    assert keeper.stale_s() == 0


def test_a_refused_policy_is_not_built_again_for_every_request() -> None:
    builder = Builder(refused_generations={2})
    keeper, _ = _keeper(builder)
    for _ in range(5):
        keeper.at(NEXT)
        _settle()
    assert builder.built == [FIRST, NEXT]


def _until(reached: Any) -> None:
    began = time.monotonic()
    while not reached():
        assert time.monotonic() - began < 5
        time.sleep(0.001)
