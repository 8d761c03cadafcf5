"""Takes a logged decision again from what was logged, in any process, and says where it differs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from service.errors import Missing
from service.pipeline.facts import Asked, Moment, build_facts
from service.pipeline.outcome import differences, outcome
from service.rules import RulesShelf
from service.stores.protocols import DecisionRecord, Store, Versions
from service.world import World, WorldBuilder
from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.explain import audit_rows
from shelf_rules.facts import Query


@dataclass(frozen=True, slots=True)
class Replay:
    """The verdict on one decision; no differences means that the same shelf came out."""

    decision_id: str
    differences: list[str]
    explanation: dict[str, Any]  # as `?explain=true`: every product withheld then, by its rule

    @property
    def identical(self) -> bool:
        """Whether the replay gave the logged outcome."""
        return not self.differences


class Replayer:
    """Replays decisions; the worlds of a few versions are kept between them."""

    def __init__(self, store: Store, builder: WorldBuilder, rules: RulesShelf) -> None:
        self._store, self._builder, self._rules = store, builder, rules
        self._worlds: dict[str, World] = {}

    def replay(self, decision_id: str) -> Replay:
        """Decide again from the logged facts; raises Missing for an unknown decision."""
        record = self._store.decision(decision_id)
        if record is None:
            raise Missing("unknown_decision", f"decision {decision_id}: not in the log")
        document = orjson.loads(record.document)
        world = self.world(document)
        decision = decide_again(record, document, world)
        again = orjson.loads(orjson.dumps(outcome(decision, world.catalogue)))
        explanation = audit_rows(decision, world.catalogue)
        return Replay(decision_id, differences(document["outcome"], again), explanation)

    def world(self, document: dict[str, Any]) -> World:
        """The world that a logged decision was taken in; raises Refused where its rules are gone."""
        key = hashlib.sha256(orjson.dumps([document["numbers"], document["rules"]])).hexdigest()
        if key not in self._worlds:
            if len(self._worlds) >= 8:
                self._worlds.pop(next(iter(self._worlds)))
            generation, catalogue, model, tags = document["numbers"]
            versions = Versions(generation, catalogue, model, tags, ())
            self._worlds[key] = self._builder.build_under(versions, self._rules.find(document["rules"]))
        return self._worlds[key]


def decide_again(record: DecisionRecord, document: dict[str, Any], world: World) -> Decision:
    """A logged decision, taken again."""
    facts = build_facts(asked_again(document), record.row, world)
    return decide(facts, world.catalogue, world.policy, world.regime)


def asked_again(document: dict[str, Any]) -> Asked:
    """What a logged decision was asked."""
    return Asked(
        customer_id=document["customer_id"],
        query=Query(**document["query"]),
        moment=Moment(document["decided_us"], document["today"], document["year"]),
        seed=document["seed"],
        held_out=document["held_out"],
        suspended=tuple(document["suspended"]),
        fallback=document["fallback"],
        degraded=tuple(document["degraded"]),
    )
