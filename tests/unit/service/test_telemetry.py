"""The times of a shelf's components as the metrics show them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Histogram, generate_latest

from service.telemetry import _BUCKETS, StageTimes, StageWatch, Telemetry
from shelf_rules.policy import Policy
from shelf_rules.policy_rules import ShelfRule, Then

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


def policy_of(*names: str) -> Policy:
    return Policy(rules=tuple(ShelfRule(name, Then(tasks=False)) for name in names))


def test_a_rule_is_counted_while_it_is_of_the_policy_in_force_and_a_label_ends_with_its_rule() -> None:
    telemetry, before, after = Telemetry(), policy_of("kept", "gone", "idle"), policy_of("kept", "new")

    def told() -> dict[str, float]:
        families = [one for one in telemetry.registry.collect() if one.name == "huojia_rule_shelves"]
        return {sample.labels["rule"]: sample.value for one in families for sample in one.samples}

    assert told() == {}
    for acted in (["kept", "gone"], ["kept"], []):
        telemetry.rules.count(7, before, acted)
    assert told() == {"kept": 2, "gone": 1, "idle": 0}
    telemetry.rules.count(8, after, ["new"])
    telemetry.rules.count(7, before, ["kept", "gone"])  # decided before the swap, recorded after it
    assert told() == {"kept": 3, "new": 1}
