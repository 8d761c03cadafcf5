"""Layers, their hold-outs and overrides: made and ended, never edited."""

from __future__ import annotations

import secrets
from typing import NamedTuple

import msgspec

from service.errors import Conflict, Invalid, Missing
from service.experiments.acting import LIVE, activate, expect, found, layer_of
from service.experiments.documents import EVERY_LAYER
from service.experiments.fitting import fit_layer
from service.experiments.life import ExperimentLife
from service.experiments.spec import Layer, LayerHoldout
from service.ids import is_id
from service.stores import _experiments, _policies, tables
from service.stores._policies import Act, Writing

MOST_OVERRIDES = 1_000
_LONGEST_US = 30 * 86_400_000_000
_SALT_BYTES = 8


class HeldOut(NamedTuple):
    """The generation in force after an act, and the hold-out as it stands."""

    generation: int
    holdout: LayerHoldout


class Put(NamedTuple):
    """Whom to put into which arm until when."""

    customer_id: str
    arm: str
    expires_us: int


class Layering:
    """Acts beside the life of experiments; raises what `ExperimentLife` raises."""

    def __init__(self, life: ExperimentLife) -> None:
        self._life = life

    def make(self, act: Act, layer: Layer) -> Layer:
        """Keep a layer under a salt of its own."""
        made = msgspec.structs.replace(layer, salt=secrets.token_hex(_SALT_BYTES))
        with self._life.writing(act) as writing:
            fit_layer(writing, made)
            document = msgspec.json.encode(made, order="sorted").decode()
            writing.insert(tables.Layers, key=made.key, document=document, actor=act.actor, at_us=act.at_us)
            writing.sign("layer", f"layer {made.key}", None, None)
            return made

    def hold_out(self, act: Act, holdout: LayerHoldout, generation: int | None = None) -> HeldOut:
        """Keep a share of the customers on the policy's own values, under a salt of its own."""
        made = msgspec.structs.replace(holdout, salt=secrets.token_hex(_SALT_BYTES))
        with self._life.writing(act) as writing:
            expect(writing, generation)
            if any(other.key == made.key for other in _experiments.holdouts_of(writing.connection)):
                raise Conflict("exists", f"hold-out {made.key} exists")
            if made.layer != EVERY_LAYER:
                layer_of(writing, made.layer)
            return _held_out(writing, "holdout", made)

    def end_holdout(self, act: Act, key: str, generation: int | None = None) -> HeldOut:
        """Let nobody be held out by it any more."""
        with self._life.writing(act) as writing:
            expect(writing, generation)
            known = {one.key: one for one in _experiments.holdouts_of(writing.connection)}
            if key not in known:
                raise Missing("unknown_holdout", f"hold-out {key}: there is none of this key")
            if known[key].ended:
                raise Conflict("is_over", f"hold-out {key} has ended")
            return _held_out(writing, "holdout_end", msgspec.structs.replace(known[key], ended=True))

    def override(self, act: Act, key: str, put: Put, generation: int | None = None) -> int:
        """Put a customer into an arm for a while, never counted; the generation in force."""
        _in_bounds(act, put)
        with self._life.writing(act) as writing:
            expect(writing, generation)
            one = found(writing, key, "draft", *LIVE)
            arms = [arm.key for arm in one.spec.arms]
            if put.arm not in arms:
                raise Invalid("bad_field", f"arm: no such arm; there are {', '.join(arms)}")
            others = {other.customer_id for other in _experiments.overrides(writing.connection, one, act.at_us)}
            if len(others - {put.customer_id}) >= MOST_OVERRIDES:
                raise Conflict("too_many_overrides", f"experiment {key} has {MOST_OVERRIDES} overrides already")
            return _overridden(writing, "override", key, put, put.arm)

    def take_back(self, act: Act, key: str, customer_id: str, generation: int | None = None) -> int:
        """Let a customer's override count no more; the generation in force."""
        with self._life.writing(act) as writing:
            expect(writing, generation)
            one = found(writing, key)
            for other in _experiments.overrides(writing.connection, one, act.at_us):
                if other.customer_id == customer_id:
                    return _overridden(writing, "override_end", key, Put(customer_id, "", other.expires_us), None)
            raise Missing("unknown_override", f"experiment {key}: customer {customer_id} has no override")


def _in_bounds(act: Act, put: Put) -> None:
    if not is_id(put.customer_id):
        raise Invalid("bad_path", "customer_id: 1 to 128 visible ASCII characters")
    if not act.comment.strip():
        raise Invalid("bad_field", "reason: say why")
    if not 0 < put.expires_us - act.at_us <= _LONGEST_US:
        raise Invalid("bad_time", "expires_at: must lie ahead, by 30 days at most")


def _held_out(writing: Writing, what: str, holdout: LayerHoldout) -> HeldOut:
    act, generation = writing.act, activate(writing, "experiment")
    writing.numbered(
        tables.LayerHoldouts,
        key=holdout.key,
        document=msgspec.json.encode(holdout, order="sorted").decode(),
        generation=generation,
        actor=act.actor,
        reason=act.comment,
        at_us=act.at_us,
    )
    writing.sign(what, f"holdout {holdout.key}", None, None)
    return HeldOut(generation, holdout)


def _overridden(writing: Writing, what: str, key: str, put: Put, arm: str | None) -> int:
    is_live, act = found(writing, key).state in LIVE, writing.act
    generation = activate(writing, "experiment") if is_live else _policies.generation(writing.connection)
    writing.numbered(
        tables.ExperimentOverrides,
        experiment=key,
        customer_id=put.customer_id,
        arm=arm,
        expires_us=put.expires_us,
        generation=generation,
        actor=act.actor,
        reason=act.comment,
        at_us=act.at_us,
    )
    writing.sign(what, f"experiment {key}", None, None)
    return generation
