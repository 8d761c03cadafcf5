"""The times of a shelf's components as the metrics show them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from service.telemetry import _BUCKETS, StageTimes, StageWatch, Telemetry

TIMES_NS = (0, 24_999, 25_000, 25_001, 400_000, 5_000_000_000, 9_000_000_000)
LABELS = ("stage", "component", "outcome")


def watched(*marks: tuple[str, str, int]) -> StageWatch:
    watch = StageWatch()
    for mark in marks:
        watch.took(*mark)
    return watch


def lines(registry: CollectorRegistry) -> set[str]:
    text: bytes = generate_latest(registry)
    return {line for line in text.decode().splitlines() if line.startswith("huojia_stage_seconds_")}


def test_the_times_are_those_of_the_clients_own_histogram() -> None:
    theirs = CollectorRegistry()
    histogram = Histogram("huojia_stage_seconds", "Time.", LABELS, buckets=_BUCKETS, registry=theirs)
    ours = Telemetry()
    times = StageTimes(ours)
    for nanoseconds in TIMES_NS:
        times.observe(watched(("tiers", "fixed", nanoseconds)))
        histogram.labels("tiers", "fixed", "ok").observe(nanoseconds / 1e9)
    told = lines(ours.registry)
    assert told
    assert told == {line for line in lines(theirs) if "_created" not in line}


def test_only_the_reading_of_a_row_fails() -> None:
    telemetry = Telemetry()
    StageTimes(telemetry).observe(watched(("gather", "row", 1), ("render", "json", 1)), failed=True)
    counted = telemetry.registry.get_sample_value
    for stage, component, outcome in (("gather", "row", "failed"), ("render", "json", "ok")):
        labels = {"stage": stage, "component": component, "outcome": outcome}
        assert counted("huojia_stage_seconds_count", labels) == 1
