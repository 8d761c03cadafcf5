"""A shadow's comparisons made again from the decision log, and whether they add up to what was found live."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from service.keyed import Secrets
from service.pipeline.outcome import differences
from service.policies.candidate_policy import CandidatePolicy
from service.policies.comparison import Aggregate, Difference
from service.policies.shadow import is_picked
from service.policies.shadow_record import ShadowRecord
from service.policies.shadow_report import COMPARED, read_compared
from service.progress import Progress
from service.replay import Replayer, asked_again, decide_again
from service.stores.protocols import Store


@dataclass(slots=True)
class Recomputation:
    """What both ways add up to, and what could not be compared: decisions by their ids."""

    compared: int = 0
    stored: Aggregate = field(default_factory=Aggregate)
    again: Aggregate = field(default_factory=Aggregate)
    other: list[str] = field(default_factory=list)  # another difference than was found live
    not_logged: list[str] = field(default_factory=list)
    not_picked: list[str] = field(default_factory=list)  # outside the share: no process of ours compared them

    @property
    def differences(self) -> list[str]:
        """Where the sums are not equal."""
        return differences(self.stored.document(), self.again.document(), ("live", "recomputed"))

    @property
    def is_equal(self) -> bool:
        """Whether every decision was found again, with the same difference."""
        return not (self.differences or self.other or self.not_logged or self.not_picked)

    def document(self) -> dict[str, Any]:
        """The verdict as plain data."""
        lists = {name: getattr(self, name) for name in ("differences", "other", "not_logged", "not_picked")}
        return {"compared": self.compared, "equal": self.is_equal, **lists, "recomputed": self.again.document()}


class Recomputer:
    """Takes logged decisions again under both policies."""

    def __init__(self, store: Store, replayer: Replayer, keyed: Secrets) -> None:
        self._store, self._replayer, self._keyed = store, replayer, keyed

    def recompute(self, shadow: ShadowRecord, progress: Progress) -> Recomputation:
        """Every comparison that is kept of a shadow, made again."""
        found = Recomputation()
        candidate = CandidatePolicy(shadow.content, self._keyed)
        kept = [result for result in self._store.shadow_results(shadow.seq) if result.outcome in COMPARED]
        for number, result in enumerate(kept, start=1):
            live = read_compared(result.document).difference
            found.compared += 1
            found.stored.add(live)
            if not is_picked(shadow, result.decision_id):
                found.not_picked.append(result.decision_id)
            again = self._again(candidate, result.decision_id)
            if again is None:
                found.not_logged.append(result.decision_id)
                continue
            found.again.add(again)
            if again != live:
                found.other.append(result.decision_id)
            progress("recomputing", number, len(kept))
        return found

    def _again(self, candidate: CandidatePolicy, decision_id: str) -> Difference | None:
        record = self._store.decision(decision_id)
        if record is None:
            return None
        document = orjson.loads(record.document)
        world = self._replayer.world(document)
        decision = decide_again(record, document, world)
        return candidate.difference(asked_again(document), record.row, world, decision)
