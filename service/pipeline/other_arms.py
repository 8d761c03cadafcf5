"""The shelf that the other arm would have shown, made after the response: whether a customer could see a difference."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from queue import Empty, Full, Queue
from typing import NamedTuple

from prometheus_client import Counter

from service.experiments.assigning import Assigned
from service.experiments.running import Pair, Running
from service.experiments.spec import COUNTED
from service.pipeline.outcome import outcome
from service.policies.comparison import compare
from service.rules import Rules
from service.stores.protocols import ArmDifference, ExposureStore
from service.telemetry import Telemetry
from service.world import World
from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.facts import Facts

log = logging.getLogger(__name__)

_WAITING_MAX = 256  # decisions that wait for the thread; each holds its facts
_GROUP = 100
_CLOSE_S = 5.0


class Taken(NamedTuple):
    """A decision as it was taken, with the facts at hand."""

    decision_id: str
    world: World
    facts: Facts
    assigned: Assigned
    decision: Decision


class OtherArms:
    """Takes decisions under other arms on one thread; whatever happens there, no request sees or waits for it.

    What is dropped under load stays unknown: the triggered line then keeps its customer.
    """

    def __init__(self, store: ExposureStore, telemetry: Telemetry, every_s: float = 0.5) -> None:
        self._store, self._every_s = store, every_s
        labels, registry = ("outcome",), telemetry.registry
        self.counted = Counter("huojia_other_arms", "Shelves of other arms, by outcome.", labels, registry=registry)
        self._waiting: Queue[Taken] = Queue(_WAITING_MAX)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def offer(self, taken: Taken) -> None:
        """Take in a decision that has been answered, where an arm acted on it or would have; never waits."""
        if not any(one.source in COUNTED for one in taken.assigned.assignments):
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="other-arms", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait(taken)
        except Full:
            self.counted.labels("dropped").inc()

    def settle(self) -> None:
        """Wait until nothing waits: for tests and for the end of a command."""
        self._waiting.join()

    def close(self) -> None:
        """Stop the thread; what still waits is dropped."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            group = list(self._group())
            rows = [row for taken in group for row in self._compared(taken)]
            if rows:
                self._keep(rows)
            for _ in group:
                self._waiting.task_done()

    def _group(self) -> Iterator[Taken]:
        try:
            yield self._waiting.get(timeout=self._every_s)
            for _ in range(_GROUP - 1):
                yield self._waiting.get_nowait()
        except Empty:
            return

    def _compared(self, taken: Taken) -> list[ArmDifference]:
        try:
            found = list(differences_of(taken))
        except Exception:  # nothing that an arm does may end the thread (ADR 0025)
            log.exception("the shelf of another arm could not be made")
            self.counted.labels("failed").inc()
            return []
        self.counted.labels("compared").inc(len(found))
        return found

    def _keep(self, rows: list[ArmDifference]) -> None:
        try:
            self._store.put_arm_differences(rows)
        except OSError:
            self.counted.labels("unstored").inc(len(rows))


def differences_of(taken: Taken) -> Iterator[ArmDifference]:
    """For a customer of the control each other arm, for any other the control: would the shelf be another one?"""
    for asked, rules in others_of(taken.world.running, taken.assigned):
        if rules is None:
            yield ArmDifference(taken.decision_id, *asked, differs=False)
        else:
            yield ArmDifference(taken.decision_id, *asked, differs=_differs(taken, rules))


def others_of(running: Running, assigned: Assigned) -> Iterator[tuple[Pair, Rules | None]]:
    """The pairs (experiment, arm that is not the control's) in question, with the rules of the shelf to compare with.

    None: nothing would have been other.
    """
    for one in assigned.assignments:
        if one.source not in COUNTED:
            continue
        experiment, rest = running.experiments[one.experiment], assigned.arms - {(one.experiment, one.arm)}
        control = experiment.control.key
        mine = running.rules_of(assigned.arms)
        for arm in (arm.key for arm in experiment.spec.arms[1:]) if one.arm == control else (one.arm,):
            other = (one.experiment, arm if one.arm == control else control)
            rules = running.rules_of(rest | {other})
            yield (one.experiment, arm), None if rules is mine else rules


def _differs(taken: Taken, rules: Rules) -> bool:
    world = taken.world.under(rules)
    other = decide(taken.facts, world.catalogue, world.policy, world.regime)
    shown = outcome(taken.decision, world.catalogue)
    return compare(shown, outcome(other, world.catalogue), lambda _: "").changed
