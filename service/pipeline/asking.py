"""Which arms a customer is in, asked by somebody who shows no shelf: no decision is logged and nobody is exposed."""

from __future__ import annotations

from dataclasses import dataclass

from service.experiments.assigning import Assigned, Step
from service.experiments.running import Running
from service.pipeline.gather import decode, gather
from service.pipeline.serve import assigned_to
from service.runtime import Runtime
from shelf_rules.facts import Facts, Query
from shelf_rules.policy import Policy


@dataclass(frozen=True, slots=True)
class AskedAssignments:
    """The answer: as the next shelf of the customer would be served, but for what changes until then."""

    generation: int
    mode: str
    held_out: bool
    degraded: tuple[str, ...]
    assigned: Assigned
    running: Running
    policy: Policy  # with the parameters of the arms

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was decided of every experiment that runs, and why."""
        if self.mode == "personal":
            return self.assigned.steps
        why = {"holdout": "global hold-out", "fallback": "the customer's row could not be read"}
        said = why.get(self.mode, "personalisation is off")
        return tuple(Step(one.spec.layer, one.key, None, said) for one in self.running.experiments.values())


async def assignments_of(runtime: Runtime, customer_id: str, query: Query) -> AskedAssignments:
    """The arms of a customer for a query, by the very steps that a shelf takes."""
    gathered = await gather(runtime, customer_id, query)
    (found,) = decode(runtime, [gathered])
    facts: Facts = found[1]
    assigned, world = assigned_to(runtime, found[0], facts), found[0].world
    return AskedAssignments(
        generation=world.versions.generation,
        mode=facts.mode,
        held_out=found[0].asked.held_out,
        degraded=facts.degraded,
        assigned=assigned,
        running=world.running,
        policy=world.policy if assigned.rules is None else assigned.rules.policy,
    )
