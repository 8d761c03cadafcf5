"""Layers and experiments put in force by a test in one line, past the life they would go through."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from service.experiments.spec import Arm, Layer, LayerHoldout, Metric, Override, Spec
from service.runtime import Runtime
from service.stores import _policies, tables
from service.stores._policies import Act, Writing

CONVERSION = Metric("conversion", "proportion", "purchases")
DAY_US = 86_400_000_000


def make_layer(key: str = "offers", *parameters: str) -> Layer:
    """A layer that owns whether tasks are offered, or what is named."""
    return Layer(key, parameters or ("tasks.offered",), salt=f"salt-{key}")


def make_spec(key: str = "no_tasks", change: Mapping[str, Any] | None = None, **fields: Any) -> Spec:
    """An experiment of two equal arms, of which the second changes something."""
    changed = {"tasks.offered": False} if change is None else change
    arms = (Arm("control", 0.5), Arm("variant", 0.5, changed))
    given = {"layer": "offers", "hypothesis": "it matters", "arms": arms, "primary": (CONVERSION,), **fields}
    return Spec(key=key, **given)


def put_layer(runtime: Runtime, layer: Layer) -> None:
    """Store a layer."""
    with runtime.store.begin() as connection:
        row = {"key": layer.key, "document": msgspec.json.encode(layer).decode(), "actor": "test", "at_us": 1}
        Writing(connection, Act("test", 1)).insert(tables.Layers, **row)


def put_experiment(runtime: Runtime, spec: Spec, state: str = "running", phase: int = 1, ago_us: int = 0) -> None:
    """Put an experiment in force as it is, and in force here, as if that long ago."""
    content = msgspec.json.encode(spec)
    with runtime.store.begin() as connection:
        writing = Writing(connection, Act("test", runtime.clock.now_us()))
        generation = writing.activate("experiment", _policies.active_policy(connection)[1])
        writing.numbered(
            tables.ExperimentActs,
            key=spec.key,
            phase=phase,
            act="start",
            state=state,
            spec=content.decode(),
            sha256=hashlib.sha256(content).hexdigest(),
            generation=generation,
            actor="test",
            reason="",
            at_us=runtime.clock.now_us() - ago_us,
        )
    runtime.worlds.follow(runtime.store.versions())


def put_holdout(runtime: Runtime, holdout: LayerHoldout) -> None:
    """Put a hold-out of a layer in force."""
    with runtime.store.begin() as connection:
        writing = Writing(connection, Act("test", runtime.clock.now_us()))
        generation = writing.activate("experiment", _policies.active_policy(connection)[1])
        row = {"key": holdout.key, "document": orjson.dumps(msgspec.to_builtins(holdout)).decode()}
        writing.numbered(
            tables.LayerHoldouts, **row, generation=generation, actor="test", reason="", at_us=runtime.clock.now_us()
        )
    runtime.worlds.follow(runtime.store.versions())


def put_override(runtime: Runtime, override: Override) -> None:
    """Put a customer into an arm."""
    with runtime.store.begin() as connection:
        writing = Writing(connection, Act("test", runtime.clock.now_us()))
        generation = writing.activate("experiment", _policies.active_policy(connection)[1])
        row = msgspec.to_builtins(override)
        writing.numbered(tables.ExperimentOverrides, **row, generation=generation, at_us=runtime.clock.now_us())
    runtime.worlds.follow(runtime.store.versions())
