"""The shadow: another policy decides some requests once more, after their responses, and is shown to nobody."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import deque
from itertools import islice
from queue import Empty, Full, Queue
from typing import NamedTuple

import msgspec
from prometheus_client import Counter

from service.keyed import Secrets
from service.pipeline.facts import Asked
from service.policies.candidate_policy import CandidatePolicy
from service.policies.comparison import Difference
from service.policies.shadow_record import Outcome, ShadowRecord, ShadowResult
from service.stores._shadows import ShadowStore
from service.stores.protocols import CustomerRow
from service.telemetry import Telemetry
from service.world import World
from shelf_rules.decision import Decision

log = logging.getLogger(__name__)

KEPT_MAX = 20_000
"""So many results of one shadow are kept, and no more decisions are compared."""
_WAITING_MAX = 256  # decisions that wait for the thread; each holds the row that it read
_UNSTORED_MAX = 4_000  # results that wait for the store, and ids of decisions there was no time for
_GROUP = 200
_QUIET_S = 60.0  # between two lines in the log about what fails
_CLOSE_S = 5.0
_WHOLE = 1 << 64


class Picked(NamedTuple):
    """A decision as it was taken: what is needed to take it under another policy."""

    decision_id: str
    asked: Asked
    row: CustomerRow | None
    world: World
    decision: Decision


class Compared(msgspec.Struct, frozen=True):
    """The document of a decision that was compared: with which policy version, and what is other."""

    against: str
    difference: Difference


class NotCompared(msgspec.Struct, frozen=True):
    """The document of a decision that was not: the class of the error, or why it was passed over."""

    cause: str


def is_picked(shadow: ShadowRecord, decision_id: str) -> bool:
    """Whether a shadow compares a decision: a hash of both, below the share, so that anybody can tell afterwards."""
    digest = hashlib.sha256(f"shadow\x00{shadow.seq}\x00{decision_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < shadow.share * _WHOLE


class Shadow:
    """Decides under the candidate on one thread of its own; whatever happens there, no request sees or waits for it."""

    def __init__(self, store: ShadowStore, keyed: Secrets, telemetry: Telemetry, every_s: float = 0.5) -> None:
        self._store, self._keyed, self._every_s = store, keyed, every_s
        labels, registry = ("outcome",), telemetry.registry
        self.counted = Counter("huojia_shadow", "Decisions a shadow picked, by outcome.", labels, registry=registry)
        self._waiting: Queue[tuple[ShadowRecord, Picked]] = Queue(_WAITING_MAX)
        self._unstored: deque[ShadowResult] = deque()
        self._stop = threading.Event()
        self.running: ShadowRecord | None = None
        self._thread: threading.Thread | None = None
        self._candidate: tuple[int, CandidatePolicy] | None = None
        self._full: int | None = None
        self._put_s = self._said_s = float("-inf")

    def follow(self, running: ShadowRecord | None) -> None:
        """Compare with this one from now on; None: with none. A thread that has died is replaced."""
        self.running = running
        if running is None or (self._thread is not None and self._thread.is_alive()):
            return
        if self._thread is not None:
            self.counted.labels("failed").inc()
            self._say("the thread of the shadow died; a new one goes on", None)
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, picked: Picked) -> None:
        """Take a decision that has been answered, if it falls into the share; costs a hash, and never waits."""
        shadow = self.running
        if shadow is None or shadow.seq == self._full or not is_picked(shadow, picked.decision_id):
            return
        try:
            self._waiting.put_nowait((shadow, picked))
        except Full:
            self._keep(_not_compared(shadow, picked.decision_id, "skipped", "busy"))

    def close(self) -> None:
        """Stop the thread; what it has found is stored if the store answers, what still waits is skipped."""
        self.running = None
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._turn()
        while not self._waiting.empty():
            shadow, picked = self._waiting.get_nowait()
            self._keep(_not_compared(shadow, picked.decision_id, "skipped", "closed"))
        self._put_s = float("-inf")
        self._put_when_due()

    def _turn(self) -> None:
        try:
            shadow, picked = self._waiting.get(timeout=self._every_s)
        except Empty:
            pass
        else:
            self._keep(self._compared(shadow, picked))
        self._put_when_due()

    def _compared(self, shadow: ShadowRecord, picked: Picked) -> ShadowResult:
        try:
            candidate = self._candidate_of(shadow)
            reason = candidate.why_not(picked.asked, picked.world)
            if reason is not None:
                return _not_compared(shadow, picked.decision_id, "skipped", reason)
            difference = candidate.difference(picked.asked, picked.row, picked.world, picked.decision)
        except Exception as error:  # noqa: BLE001 - nothing that a candidate does may end the thread (ADR 0025)
            self._say("a decision could not be taken under the shadow's policy", error)
            return _not_compared(shadow, picked.decision_id, "failed", type(error).__name__)
        document = msgspec.json.encode(Compared(picked.world.policy_label, difference))
        return ShadowResult(shadow.seq, picked.decision_id, "changed" if difference.changed else "same", document)

    def _candidate_of(self, shadow: ShadowRecord) -> CandidatePolicy:
        if self._candidate is None or self._candidate[0] != shadow.seq:
            self._candidate = shadow.seq, CandidatePolicy(shadow.content, self._keyed)
        return self._candidate[1]

    def _keep(self, result: ShadowResult) -> None:
        """Hold a result for the store; when too many wait for it the newest are lost, and counted."""
        if len(self._unstored) < _UNSTORED_MAX:
            self._unstored.append(result)
            self.counted.labels(result.outcome).inc()
        else:
            self.counted.labels("lost").inc()

    def _put_when_due(self) -> None:
        """Store what waits; what the store does not take goes on waiting."""
        now_s = time.monotonic()
        if now_s < self._put_s + self._every_s:
            return
        self._put_s = now_s
        try:
            while self._unstored:
                group = list(islice(self._unstored, _GROUP))
                kept = self._store.put_shadow_results(group)
                for _ in group:
                    self._unstored.popleft()
                self._full = next((seq for seq, number in kept.items() if number >= KEPT_MAX), self._full)
        except Exception as error:  # noqa: BLE001 - the shadow outlives any failure of the store (ADR 0025)
            self._say("results of the shadow wait for the store", error)

    def _say(self, line: str, error: Exception | None) -> None:
        """A line in the log, and none about the next failures for a while: a candidate may fail on every request."""
        if time.monotonic() >= self._said_s + _QUIET_S:
            self._said_s = time.monotonic()
            log.warning(line, exc_info=error)


def _not_compared(shadow: ShadowRecord, decision_id: str, outcome: Outcome, cause: str) -> ShadowResult:
    return ShadowResult(shadow.seq, decision_id, outcome, msgspec.json.encode(NotCompared(cause)))
