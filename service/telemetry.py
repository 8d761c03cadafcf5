"""The service's metrics: one label set (stage, component, outcome), never a customer, a path or a product."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from shelf_rules.policy import Policy

_BUCKETS = (25e-6, 50e-6, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1.0, 5.0)
_BUCKETS_NS = tuple(round(bound * 1e9) for bound in _BUCKETS)
_BUCKET_NAMES = (*map(repr, _BUCKETS), "+Inf")


class Telemetry:
    """All metrics of one process, in a registry of its own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter(
            "huojia_requests", "Answers by route and status.", ("route", "status"), registry=registry
        )
        self.request_seconds = Histogram(
            "huojia_request_seconds", "Time of a request, seconds.", ("route",), buckets=_BUCKETS, registry=registry
        )
        # Counted on every shelf: their label children are looked up once.
        self.shelves = cache(Counter("huojia_shelves", "Shelves served by mode.", ("mode",), registry=registry).labels)
        self.degraded = cache(
            Counter("huojia_degraded", "Shelves served without a source.", ("source",), registry=registry).labels
        )
        self.withheld = cache(
            Counter("huojia_withheld", "Products withheld, by code.", ("code",), registry=registry).labels
        )
        self.rules = RuleCounts(registry)
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
        self.from_disk = Gauge(
            "huojia_last_good_in_force", "1 while the world in force was read from disk.", registry=registry
        )
        self.kept = Counter(
            "huojia_last_good", "Times the last good world was written: kept, failed.", ("outcome",), registry=registry
        )

    def render(self) -> bytes:
        """The Prometheus text format."""
        text: bytes = generate_latest(self.registry)
        return text


class RuleCounts(Collector):
    """The counter `huojia_rule_shelves`: on how many shelves each rule of the policy in force acted, 0 where on none.

    A rule that leaves the policy takes its count with it. One thread counts; any may collect.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._generation = -1
        self._counts: dict[str, int] = {}
        registry.register(self)

    def count(self, generation: int, policy: Policy, acted: Iterable[str]) -> None:
        """Count a shelf of a generation's policy; what the one before it still decided counts where it can."""
        counts = self._counts
        if generation > self._generation:
            counts = {rule.name: counts.get(rule.name, 0) for rule in policy.rules}
            self._generation, self._counts = generation, counts
        for name in acted:
            if name in counts:
                counts[name] += 1

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The counter in the form of the metrics' registry."""
        family = CounterMetricFamily("huojia_rule_shelves", "Shelves a rule of the policy acted on.", labels=("rule",))
        for name, shelves in self._counts.items():
            family.add_metric((name,), shelves)
        yield family


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


class _Times:
    """A histogram of nanoseconds: how many in each bucket, beyond the last one in the last place, and their sum."""

    __slots__ = ("counts", "total_ns")

    def __init__(self) -> None:
        self.counts, self.total_ns = [0] * (len(_BUCKETS) + 1), 0


class StageTimes(Collector):
    """The histogram `huojia_stage_seconds`: thirty marks a shelf, which the client's own takes a twentieth of it for.

    One thread observes; any may collect.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._times: dict[tuple[str, str, str], _Times] = {}
        telemetry.registry.register(self)

    def observe(self, watch: StageWatch, *, failed: bool = False) -> None:
        """Record every mark of a request; `failed` says that the customer's row could not be read."""
        found = self._times
        for stage, component, nanoseconds in watch.marks:
            key = (stage, component, "failed" if failed and stage == "gather" else "ok")
            times = found.get(key)
            if times is None:
                times = found[key] = _Times()
            times.counts[bisect_left(_BUCKETS_NS, nanoseconds)] += 1
            times.total_ns += nanoseconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histogram in the form of the metrics' registry."""
        labels = ("stage", "component", "outcome")
        family = HistogramMetricFamily("huojia_stage_seconds", "Time of a stage's component, seconds.", labels=labels)
        for key, times in list(self._times.items()):
            through = zip(_BUCKET_NAMES, accumulate(times.counts), strict=True)
            family.add_metric(key, [(name, float(count)) for name, count in through], times.total_ns / 1e9)
        yield family
