"""A world in force, changed in part, is the world that a build from nothing would be."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest

from service.errors import Refused
from service.model_shelf import ModelShelf
from service.policies.life import PolicyLife
from service.rules import policy_record
from service.runtime import Runtime
from service.stores.protocols import PolicyRecord
from service.world import World, WorldBuilder
from tests.sample_bank import Service

OTHER = {"holdout_share": 0.3, "unmeasured_quality": 0.9, "arrangement": {"category_cap": 1}}


def _builder(runtime: Runtime) -> WorldBuilder:
    return runtime.worlds._builder


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal to the last bit, whatever they are made of."""
    if isinstance(one, np.ndarray):
        equal: bool = one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        return equal
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    names = _fields(one)
    if names:
        return type(one) is type(other) and all(_same(getattr(one, name), getattr(other, name)) for name in names)
    return bool(one == other)


def _fields(value: Any) -> list[str]:
    if dataclasses.is_dataclass(value):
        return [field.name for field in dataclasses.fields(value)]
    if isinstance(value, msgspec.Struct):
        return []
    return list(vars(value)) if type(value).__module__.startswith(("service.", "recommender.", "shelf_rules.")) else []


def _differing(one: World, other: World) -> list[str]:
    return [name for name in _fields(one) if not _same(getattr(one, name), getattr(other, name))]


def _shared(one: World, other: World) -> set[str]:
    return {name for name in _fields(one) if getattr(one, name) is getattr(other, name)}


def _publish(runtime: Runtime, version: int, document: Mapping[str, Any]) -> None:
    record = policy_record(document, "default", version)
    PolicyLife(runtime.store).enact("test", record, runtime.clock.now_us())


def _changed(runtime: Runtime, what: str) -> None:
    now_us, store = runtime.clock.now_us(), runtime.store
    if what == "policy":
        _publish(runtime, 2, OTHER)
    elif what == "tags":
        store.put_tag_definitions([{"tag": "test.new", "kind": "habit"}], now_us)
    elif what == "model":
        store.promote_model(*(store.model(1) or ("", "")), now_us)
    else:
        store.suspend(next(iter(runtime.worlds.last().records)), suspended=True, now_us=now_us)


PARTS = {
    "policy": {"catalogue", "records", "cards", "numbers", "scorer", "order", "population", "tags", "tag_half_life"},
    "tags": {"catalogue", "records", "cards", "numbers", "scorer", "order", "population"},
    "model": {"catalogue", "records", "cards", "numbers", "tags", "tag_half_life"},
    "catalogue": set[str](),
}


@pytest.mark.parametrize("what", list(PARTS))
def test_a_change_of_one_part_takes_over_the_others_and_equals_a_build_from_nothing(
    service: Service, what: str
) -> None:
    runtime = service.runtime
    builder, before = _builder(runtime), runtime.worlds.last()
    _changed(runtime, what)
    versions = runtime.store.versions()
    assert versions[:4] != before.versions[:4]
    after, fresh = builder.build(versions, before), builder.build(versions)
    assert _differing(after, fresh) == []
    assert PARTS[what] <= _shared(after, before)
    assert PARTS["policy"] & _shared(after, before) == PARTS[what]
    assert _differing(after, before) != []


def test_flips_and_changes_of_everything_in_turn_equal_builds_from_nothing(service: Service) -> None:
    runtime = service.runtime
    builder, world = _builder(runtime), runtime.worlds.last()
    for version, document in enumerate((OTHER, {}, {"unmeasured_quality": 0.1}), 2):
        _publish(runtime, version, document)
        world = builder.build(runtime.store.versions(), world)
        assert _differing(world, builder.build(runtime.store.versions())) == []
    for what in ("tags", "model", "catalogue"):
        _changed(runtime, what)
    _publish(runtime, 5, OTHER)
    world = builder.build(runtime.store.versions(), world)
    assert _differing(world, builder.build(runtime.store.versions())) == []


def test_a_policy_that_this_release_cannot_read_is_refused_by_its_name(service: Service) -> None:
    runtime = service.runtime
    record = PolicyRecord("default", 7, b'{"no_such_part":1}', "0" * 64)

    class Told:
        def active_policy(self, generation: int) -> tuple[int, PolicyRecord]:
            return generation, record

    shelf = ModelShelf(runtime.settings.folder / "models", runtime.store)
    builder = WorldBuilder(Told(), shelf, _builder(runtime)._rules, "test")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="policy default@7: no_such_part"):
        builder.build(runtime.store.versions(), runtime.worlds.last())
