"""One shelf: gather, decide, render; the record is handed back for the log to take after the response."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from service.clock import iso
from service.experiments.assigning import NOT_ASSIGNED, Assigned, Unit, arm_label, assign, attributes_of
from service.experiments.spec import COUNTED
from service.ids import ulid
from service.pipeline.facts import BLOCK, Asked
from service.pipeline.gather import Gathered, decode, gather, gather_now
from service.pipeline.other_arms import Taken
from service.pipeline.outcome import outcome
from service.pipeline.render import Rendering, render
from service.policies.shadow import Picked
from service.runtime import Runtime
from service.stores.protocols import DecisionRecord
from service.telemetry import StageWatch
from service.world import World
from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.facts import Facts, Query

TTL_S = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller may choose about the answer."""

    query: Query
    language: str = "zh"
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """The body of an answer, and what is logged of it afterwards."""

    body: bytes
    decision_id: str
    gathered: Gathered
    decision: Decision
    watch: StageWatch
    facts: Facts
    assigned: Assigned


async def serve(runtime: Runtime, customer_id: str, wanted: Wanted) -> Served:
    """The shelf of one customer now."""
    return (await serve_all(runtime, [customer_id], wanted))[0]


async def serve_all(runtime: Runtime, customer_ids: Sequence[str], wanted: Wanted) -> list[Served]:
    """The shelves of many customers now, in their order and all of one world; whoever else waits is let in between."""
    shelves: list[Served] = []
    world: World | None = None
    for start in range(0, len(customer_ids), BLOCK):
        read = []
        for customer_id in customer_ids[start : start + BLOCK]:
            watch = StageWatch()
            gathered = await gather(runtime, customer_id, wanted.query, world)
            world = gathered.world
            read.append((gathered, watch))
            watch("gather", "row")
        for gathered, facts, watch in _decoded(runtime, read):
            shelves.append(_arranged(runtime, wanted, gathered, facts, watch))
            if len(shelves) < len(customer_ids):  # a hundred shelves in one go would hold up everybody else
                await asyncio.sleep(0)
    return shelves


def serve_now(runtime: Runtime, customer_id: str, wanted: Wanted) -> Served:
    """As `serve`, for a command: it waits for the store as long as it takes."""
    watch = StageWatch()
    gathered = gather_now(runtime, customer_id, wanted.query)
    watch("gather", "row")
    (decoded,) = _decoded(runtime, [(gathered, watch)])
    return _arranged(runtime, wanted, *decoded)


def _decoded(runtime: Runtime, read: list[tuple[Gathered, StageWatch]]) -> Iterator[tuple[Gathered, Facts, StageWatch]]:
    """The facts of what was read together; each is watched for its share of the time."""
    together = StageWatch()
    decoded = decode(runtime, [gathered for gathered, _ in read])
    share_ns = together.elapsed_ns() // len(read)
    for (gathered, facts), (_, watch) in zip(decoded, read, strict=True):
        watch.took("gather", "facts", share_ns)
        yield gathered, facts, watch


def _arranged(runtime: Runtime, wanted: Wanted, gathered: Gathered, facts: Facts, watch: StageWatch) -> Served:
    customer_id = gathered.asked.customer_id
    assigned = assigned_to(runtime, gathered, facts)
    world = gathered.world if assigned.rules is None else gathered.world.under(assigned.rules)
    watch("assign", "arms")
    decision = decide(facts, world.catalogue, world.policy, world.regime, watch)
    decision_id, stale_s = ulid(facts.now_us), round(max(runtime.worlds.stale_s(), gathered.stale_s), 1)
    arms = exposing(assigned, decision)
    rendering = Rendering(world, runtime.keyed, decision_id, customer_id, wanted.language, wanted.explain, arms)
    head = envelope(gathered, facts, decision, decision_id, stale_s)
    head["experiments"] = [{"key": one.experiment, "arm": one.arm} for one in assigned.assignments]
    body = render(rendering, decision, head)
    watch("render", "json")
    return Served(body, decision_id, gathered, decision, watch, facts, assigned)


def assigned_to(runtime: Runtime, gathered: Gathered, facts: Facts) -> Assigned:
    """The arms of whoever is to have a personal shelf; nobody else is in any."""
    running, asked = gathered.world.running, gathered.asked
    if running.is_empty or facts.mode != "personal":
        return NOT_ASSIGNED
    unit_ref = runtime.keyed.unit_ref(asked.customer_id)
    return assign(running, Unit(asked.customer_id, unit_ref, facts.now_us, attributes_of(facts), gathered.seen))


def exposing(assigned: Assigned, decision: Decision) -> tuple[str, ...]:
    """The arms that whoever sees a card of this shelf is exposed to: none unless the arms' own shelf was served."""
    if decision.mode != "personal" or decision.degraded:
        return ()
    return tuple(arm_label(one) for one in assigned.assignments if one.source in COUNTED)


def envelope(
    gathered: Gathered, facts: Facts, decision: Decision, decision_id: str, stale_s: float = 0.0
) -> dict[str, Any]:
    """The fields of an answer before its tiers; `stale_s` is the age of a copied row, or how long a new world waits."""
    row = gathered.row
    return {
        "decision_id": decision_id,
        "as_of": iso(facts.now_us // 1_000_000 * 1_000_000),
        "ttl_s": TTL_S,
        "mode": decision.mode,
        "lifecycle": decision.stage,
        "overlay": decision.overlay,
        "versions": {**gathered.world.labels, "state": None if row is None else row.version},
        "degraded": list(decision.degraded),
        "stale_s": stale_s,
        "experiments": [],
    }


def record(runtime: Runtime, served: Served) -> None:
    """Log a decision and count it; runs after the response."""
    gathered, decision = served.gathered, served.decision
    asked, row = gathered.asked, gathered.row
    document = log_document(served.decision_id, asked, gathered.world, decision, served.assigned)
    document["state_version"] = None if row is None else row.version
    document["stage_us"] = {stage: round(us, 1) for stage, us in served.watch.by_stage().items()}
    runtime.decisions.record(
        DecisionRecord(
            decision_id=served.decision_id,
            customer_id=asked.customer_id,
            decided_us=asked.moment.now_us,
            row_version=None if row is None else row.version,
            document=orjson.dumps(document),
            row=row,
        )
    )
    runtime.times.observe(served.watch, failed=bool(asked.degraded))
    runtime.telemetry.shelves(decision.mode).inc()
    for source in decision.degraded:
        runtime.telemetry.degraded(source).inc()
    for code, count in decision.withheld.items():
        runtime.telemetry.withheld(code).inc(count)
    runtime.telemetry.rules.count(gathered.world.versions.generation, gathered.world.policy, decision.rules)
    if served.assigned.rules is None:  # a shadow is compared with the policy in force, not with an arm over it
        runtime.shadow.offer(Picked(served.decision_id, asked, row, gathered.world, decision))
    runtime.other_arms.offer(Taken(served.decision_id, gathered.world, served.facts, served.assigned, decision))


def log_document(
    decision_id: str, asked: Asked, world: World, decision: Decision, assigned: Assigned = NOT_ASSIGNED
) -> dict[str, Any]:
    """A decision as it is logged: its inputs by reference, its outcome in full."""
    return {
        "decision_id": decision_id,
        "customer_id": asked.customer_id,
        "decided_us": asked.moment.now_us,
        "today": asked.moment.today,
        "year": asked.moment.year,
        "seed": asked.seed,
        "held_out": asked.held_out,
        "fallback": asked.fallback,
        "degraded": list(asked.degraded),
        "suspended": list(asked.suspended),
        "query": {"channel": asked.query.channel, "placement": asked.query.placement, "scene": asked.query.scene},
        "versions": dict(world.labels),
        "numbers": list(world.versions[:4]),
        "rules": world.rules_sha if assigned.rules is None else assigned.rules.sha256,
        "assignments": [msgspec.to_builtins(one) for one in assigned.assignments],
        "layer_holdouts": dict(assigned.holdouts or {}),
        "served": _served(decision),
        "outcome": outcome(decision, world.catalogue),
    }


def _served(decision: Decision) -> str:
    """Whether the shelf was what it was meant to be."""
    if decision.mode == "fallback":
        return "fallback"
    return "degraded" if decision.degraded else "normal"
