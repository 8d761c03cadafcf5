"""One logged decision taken again, as it was and under another policy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from service.errors import Refused
from service.keyed import Secrets
from service.off_policy.drawn import DrawnCard, drawn_cards
from service.pipeline.facts import build_facts
from service.pipeline.outcome import outcome
from service.policies.candidate import world_under
from service.policies.comparison import Difference, category_finder, compare
from service.replay import Replayer, asked_again, decide_again
from service.stores.protocols import DecisionRecord
from service.world import World
from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.policy import Policy
from shelf_rules.slate import Given


@dataclass(frozen=True, slots=True)
class Retaken:
    """What came out: the difference, the rules that fired under either policy, and the cards that the log drew."""

    difference: Difference
    rules: tuple[str, ...]
    rules_then: tuple[str, ...]
    cards: tuple[DrawnCard, ...]
    product_no: Callable[[int], int]  # of a catalogue row


class Retaker:
    """Takes decisions again beside whatever worlds they were taken in; the last world made is kept."""

    def __init__(self, replayer: Replayer, keyed: Secrets, policy: Policy) -> None:
        self._replayer, self._keyed, self._policy = replayer, keyed, policy
        self._made: tuple[World, World, Callable[[str], str]] | None = None

    def retake(self, record: DecisionRecord) -> Retaken | str:
        """The decision under both policies, or why it is left out."""
        document = orjson.loads(record.document)
        reason = _left_out(document)
        if reason is not None:
            return reason
        try:
            live = self._replayer.world(document)
        except (Refused, LookupError, OSError):
            return "versions_gone"
        decision = decide_again(record, document, live)
        was = orjson.loads(orjson.dumps(outcome(decision, live.catalogue)))
        if was != document["outcome"]:
            return "not_identical"
        return self._retaken(record, document, live, decision)

    def _retaken(self, record: DecisionRecord, document: dict[str, Any], live: World, logged: Decision) -> Retaken:
        world, category_of = self._beside(live)
        asked = asked_again(document)
        held_out = self._keyed.is_held_out(asked.customer_id, self._policy.holdout_share)
        facts = build_facts(dataclasses.replace(asked, held_out=held_out), record.row, world)

        def again(given: Given) -> Decision:
            return decide(facts, world.catalogue, world.policy, world.regime, given=given)

        candidate = again({})
        both = (outcome(logged, live.catalogue), outcome(candidate, world.catalogue))
        return Retaken(
            difference=compare(*both, category_of),
            rules=logged.rules,
            rules_then=candidate.rules,
            cards=tuple(drawn_cards(logged, candidate, again)),
            product_no=lambda row: int(live.catalogue.product_no[row]),
        )

    def _beside(self, live: World) -> tuple[World, Callable[[str], str]]:
        if self._made is None or self._made[0] is not live:
            self._made = live, world_under(live, self._policy), category_finder(live.catalogue)
        return self._made[1], self._made[2]


def _left_out(document: dict[str, Any]) -> str | None:
    """Why a decision is not taken again: no profile decided it, a fact was missing, or its chances were not logged."""
    logged = document["outcome"]
    if logged["mode"] != "personal":
        return "not_personal"
    if document["degraded"]:
        return "degraded"
    return None if all(card.get("propensity") for card in logged["slots"]) else "no_propensity"
