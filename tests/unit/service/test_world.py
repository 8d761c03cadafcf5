"""The world in force: swapped whole, kept where a new one is refused."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from service import world as worlds
from service.errors import Refused
from service.stores.protocols import Versions
from service.telemetry import Telemetry
from service.world import WorldKeeper

FIRST = Versions(1, 1, 2, 1, ())
NEXT = FIRST._replace(generation=2)


@dataclass
class Builder:
    """Builds what is no more than its versions; refuses the models it is told to."""

    refused_models: set[int] = field(default_factory=set)
    failing: bool = False
    built: list[Versions] = field(default_factory=list)

    def build(self, versions: Versions) -> Any:
        """A world by its versions, or what is wrong."""
        self.built.append(versions)
        if versions.model in self.refused_models:
            raise Refused(f"model m{versions.model}: altered")
        if self.failing:
            raise OSError("the store hangs")
        return SimpleNamespace(versions=versions)


def _keeper(builder: Builder, versions: Versions = FIRST) -> tuple[WorldKeeper, Telemetry]:
    telemetry = Telemetry()
    return WorldKeeper(builder, versions, telemetry), telemetry  # type: ignore[arg-type]


def _settle() -> None:
    for thread in threading.enumerate():
        if thread.name == "world":
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
    monkeypatch.setattr(worlds, "RETRY_S", 0.0)
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
        def build(self, versions: Versions) -> Any:
            if versions == NEXT:
                released.wait(5)
            return super().build(versions)

    keeper, _ = _keeper(Slow())
    began = time.monotonic()
    for _ in range(100):
        assert keeper.at(NEXT).versions == FIRST
    assert time.monotonic() - began < 1
    released.set()
    _settle()
    assert keeper.last().versions == NEXT
