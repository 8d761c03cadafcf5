"""A policy that is not in force, asked what it would have decided in place of the one that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import orjson

from service.keyed import Secrets
from service.pipeline.facts import Asked, build_facts
from service.pipeline.outcome import outcome
from service.policies.candidate import world_under
from service.policies.comparison import Difference, category_finder, compare
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.policy_load import load_policy


class CandidatePolicy:
    """One policy beside whatever worlds are in force, for one thread; PolicyError where its content is no policy.

    It decides from the facts of the decision before it, exploration seed included: what differs is what the rules do,
    not another draw (experiments §8). Who is held out it says for itself.
    """

    def __init__(self, content: bytes, keyed: Secrets) -> None:
        self._keyed, self._policy = keyed, load_policy(orjson.loads(content))
        self._made: tuple[World, World, Callable[[str], str]] | None = None

    def why_not(self, asked: Asked, live: World) -> str | None:
        """Why a decision cannot be compared: this policy made it, or would have read a profile that was not read."""
        if live.policy_label == f"{self._policy.name}@{self._policy.version}":
            return "in_force"
        return "held_out" if asked.held_out and not self._holds_out(asked) else None

    def difference(self, asked: Asked, row: CustomerRow | None, live: World, decision: Decision) -> Difference:
        """What this policy would have shown in place of a decision."""
        world, category_of = self._beside(live)
        facts = build_facts(dataclasses.replace(asked, held_out=self._holds_out(asked)), row, world)
        other = decide(facts, world.catalogue, world.policy, world.regime)
        return compare(outcome(decision, live.catalogue), outcome(other, world.catalogue), category_of)

    def _holds_out(self, asked: Asked) -> bool:
        return self._keyed.is_held_out(asked.customer_id, self._policy.holdout_share)

    def _beside(self, live: World) -> tuple[World, Callable[[str], str]]:
        """The world in force under this policy; the last one made is kept."""
        if self._made is None or self._made[0] is not live:
            self._made = live, world_under(live, self._policy), category_finder(live.catalogue)
        return self._made[1], self._made[2]
