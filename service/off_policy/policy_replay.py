"""A policy replayed on logged decisions: exactly what it would have changed, and where it can be said, its value."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from service.errors import Missing
from service.keyed import Secrets
from service.off_policy.columns import Columns
from service.off_policy.retaking import Retaken, Retaker
from service.off_policy.rewards import Reward, rewarded
from service.off_policy.value import value_rows
from service.off_policy.window import Window, pick
from service.policies.comparison import Aggregate
from service.progress import Progress
from service.replay import Replayer
from service.stores.protocols import DecisionRecord, Store
from shelf_rules.policy import Policy

USUAL, MOST = 20_000, 200_000
"""So many decisions are replayed unless another number is asked for, and at the most."""
_BLOCK = 200  # decisions whose clicks are read together


def without_rule(policy: Policy, name: str) -> Policy:
    """The policy less one of its rules; raises Missing where it has none of that name."""
    rules = tuple(rule for rule in policy.rules if rule.name != name)
    if len(rules) == len(policy.rules):
        raise Missing("unknown_rule", f"rule {name}: {policy.name}@{policy.version} has no such rule")
    return dataclasses.replace(policy, rules=rules)


@dataclass(slots=True)
class PolicyReplay:
    """What is being added up: decisions, customers by whether a shelf of theirs changes, rules, drawn cards."""

    there: int = 0
    compared: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    changed: dict[str, bool] = field(default_factory=dict)  # customer -> whether any shelf is other
    numbers: dict[str, int] = field(default_factory=dict)
    aggregate: Aggregate = field(default_factory=Aggregate)
    rules: Counter[str] = field(default_factory=Counter)
    rules_then: Counter[str] = field(default_factory=Counter)
    places: dict[tuple[str, int], Columns] = field(default_factory=dict)

    def add(self, record: DecisionRecord, retaken: Retaken, clicked: set[tuple[str, str, int]]) -> None:
        """Count one decision."""
        self.compared += 1
        changes = retaken.difference.changed or self.changed.get(record.customer_id, False)
        self.changed[record.customer_id] = changes
        number = self.numbers.setdefault(record.customer_id, len(self.numbers))
        self.aggregate.add(retaken.difference)
        self.rules.update(retaken.rules)
        self.rules_then.update(retaken.rules_then)
        for card in retaken.cards:
            products = tuple(map(retaken.product_no, (card.row, *card.chances)))
            reward = (record.decision_id, card.tier, card.slot) in clicked
            self.places.setdefault((card.tier, card.slot), Columns()).add(number, card, products, reward=reward)

    def document(self) -> dict[str, Any]:
        """The report as plain data."""
        fired = sorted({*self.rules, *self.rules_then})
        return {
            "decisions": self.there,
            "compared": self.compared,
            "skipped": dict(sorted(self.skipped.items())),
            "customers": len(self.changed),
            "customers_changed": sum(self.changed.values()),
            "rules": [{"rule": rule, "logged": self.rules[rule], "candidate": self.rules_then[rule]} for rule in fired],
            "differences": self.aggregate.document(),
            "value": value_rows(self.places, self.skipped["no_propensity"]),
        }


class PolicyReplayer:
    """Replays one policy on the decision log of a store; reads, and writes nothing."""

    def __init__(self, store: Store, replayer: Replayer, keyed: Secrets, policy: Policy) -> None:
        self._store, self._retaker = store, Retaker(replayer, keyed, policy)

    def replay(self, window: Window, reward: Reward, progress: Progress) -> PolicyReplay:
        """The decisions of a window under both policies; only drawn cards stay in memory."""
        picked = pick(self._store, window)
        found = PolicyReplay(there=picked.there)
        for start in range(0, len(picked.ids), _BLOCK):
            ids = picked.ids[start : start + _BLOCK]
            self._block(found, ids, reward)
            progress("replaying", start + len(ids), len(picked.ids))
        return found

    def _block(self, found: PolicyReplay, ids: Sequence[str], reward: Reward) -> None:
        records = [record for record in map(self._store.decision, ids) if record is not None]
        clicked = rewarded(self._store, [record.customer_id for record in records], ids, reward)
        for record in records:
            retaken = self._retaker.retake(record)
            if isinstance(retaken, str):
                found.skipped[retaken] += 1
            else:
                found.add(record, retaken, clicked)
