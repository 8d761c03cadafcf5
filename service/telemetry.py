"""The service's metrics: one label set (stage, component, outcome), never a customer, a path or a product."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (25e-6, 50e-6, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1.0, 5.0)


class Telemetry:
    """All metrics of one process, in a registry of its own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        labels = ("stage", "component", "outcome")
        self.stage_seconds = Histogram(
            "huojia_stage_seconds", "Time of a stage's component, seconds.", labels, buckets=_BUCKETS, registry=registry
        )
        self.requests = Counter(
            "huojia_requests", "Answers by route and status.", ("route", "status"), registry=registry
        )
        self.request_seconds = Histogram(
            "huojia_request_seconds", "Time of a request, seconds.", ("route",), buckets=_BUCKETS, registry=registry
        )
        self.shelves = Counter("huojia_shelves", "Shelves served by mode.", ("mode",), registry=registry)
        self.degraded = Counter("huojia_degraded", "Shelves served without a source.", ("source",), registry=registry)
        self.withheld = Counter("huojia_withheld", "Products withheld, by code.", ("code",), registry=registry)
        self.events = Counter("huojia_events", "Events received, by outcome.", ("outcome",), registry=registry)
        self.dropped = Counter("huojia_decisions_dropped", "Decisions the log lost.", registry=registry)
        self.swaps = Counter("huojia_snapshot_swaps", "Snapshots swapped or refused.", ("outcome",), registry=registry)
        self.versions = Gauge("huojia_version", "Versions in force.", ("kind",), registry=registry)
        self._of_the_store(registry)

    def _of_the_store(self, registry: CollectorRegistry) -> None:
        """What tells how the store answers, and what is served while it does not."""
        self.breaker = Gauge("huojia_breaker_state", "0 closed, 1 probing, 2 open.", ("dependency",), registry=registry)
        self.opened = Counter("huojia_breaker_opened", "Breakers opened.", ("dependency",), registry=registry)
        self.missed = Counter(
            "huojia_deadline_missed", "Calls of the store out of time, by kind.", ("call",), registry=registry
        )
        self.refused = Counter(
            "huojia_store_refused", "Calls not made because a breaker was open, by kind.", ("call",), registry=registry
        )
        self.copies = Counter(
            "huojia_row_copies", "Rows asked of the copies: answered, none, too_old.", ("outcome",), registry=registry
        )
        self.spooled = Gauge("huojia_decision_spool_bytes", "Decisions not yet in the store.", registry=registry)
        self.cached_rows = Gauge("huojia_row_cache_rows", "Copies of customers' rows held.", registry=registry)
        self.cached_bytes = Gauge("huojia_row_cache_bytes", "Bytes of these copies.", registry=registry)

    def render(self) -> bytes:
        """The Prometheus text format."""
        text: bytes = generate_latest(self.registry)
        return text


class StageWatch:
    """Takes the time between marks: `watch(stage, component)` closes the component that ran since the last mark."""

    __slots__ = ("_last", "marks")

    def __init__(self) -> None:
        self.marks: list[tuple[str, str, int]] = []
        self._last = time.perf_counter_ns()

    def __call__(self, stage: str, component: str) -> None:
        """Close a component; nanoseconds since the last mark are its time."""
        now = time.perf_counter_ns()
        self.marks.append((stage, component, now - self._last))
        self._last = now

    def elapsed_ns(self) -> int:
        """Nanoseconds since the last mark."""
        return time.perf_counter_ns() - self._last

    def took(self, stage: str, component: str, nanoseconds: int) -> None:
        """Close a component whose time was measured elsewhere; what passed meanwhile counts for nothing."""
        self.marks.append((stage, component, nanoseconds))
        self._last = time.perf_counter_ns()

    def by_stage(self) -> dict[str, float]:
        """Microseconds per stage."""
        totals: dict[str, float] = {}
        for stage, _, nanoseconds in self.marks:
            totals[stage] = totals.get(stage, 0.0) + nanoseconds / 1000
        return totals


class StageTimes:
    """Adds marks to the metrics; label children are looked up once."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._histogram = telemetry.stage_seconds
        self._children: dict[tuple[str, str, str], Histogram] = {}

    def observe(self, watch: StageWatch, *, failed: bool = False) -> None:
        """Record every mark of a request; `failed` says that the customer's row could not be read."""
        for stage, component, nanoseconds in watch.marks:
            outcome = "failed" if failed and stage == "gather" else "ok"
            child = self._children.get((stage, component, outcome))
            if child is None:
                child = self._histogram.labels(stage, component, outcome)
                self._children[stage, component, outcome] = child
            child.observe(nanoseconds / 1e9)
