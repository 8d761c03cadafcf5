"""What /metrics says of tags: where they stand, what was measured of them, and what is in quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from recommender.tag_quality.tag_life import STATES
from service.stores.protocols import Store
from service.tag_quality import told_qualities
from service.tag_quarantine import quarantine_summary
from service.telemetry import Telemetry

MEASURES = ("truthfulness", "precision", "durability", "uniqueness", "quality")
_ALARMS = ("psi", "ece")


class MeasuredTags(NamedTuple):
    """The tags of a version, as `told_qualities` tells them, and assignments in quarantine by reason."""

    version: int
    tags: Sequence[Mapping[str, Any]]
    quarantined: Mapping[str, int]


def measured_tags(store: Store, version: int) -> MeasuredTags:
    """Read what is shown of a tag version."""
    with store.connect() as connection:
        held = {row["reason"]: row["assignments"] for row in quarantine_summary(connection)["reasons"]}
        return MeasuredTags(version, told_qualities(connection, version), held)


class TagMetrics(Collector):
    """The metrics `huojia_tag*`, by tag code and stage, as of the tag version that was shown last."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._shown = MeasuredTags(-1, (), {})
        telemetry.registry.register(self)

    @property
    def version(self) -> int:
        """The version that is shown, -1 before the first."""
        return self._shown.version

    def show(self, shown: MeasuredTags) -> None:
        """Replace what is told."""
        self._shown = shown

    def collect(self) -> Iterator[Metric]:
        """The metrics as they were shown last; what was not measured has no sample."""
        yield from _counts(self._shown)
        yield from _measures(self._shown.tags)


def _counts(shown: MeasuredTags) -> Iterator[Metric]:
    states = GaugeMetricFamily("huojia_tags", "Tags by their state.", labels=["state"])
    held = GaugeMetricFamily("huojia_tags_quarantined", "Assignments kept out of use.", labels=["reason"])
    count = Counter(tag["status"] for tag in shown.tags)
    for state in STATES:
        states.add_metric([state], count[state])
    for reason, number in shown.quarantined.items():
        held.add_metric([reason], number)
    yield from (states, held)


def _measures(tags: Sequence[Mapping[str, Any]]) -> Iterator[Metric]:
    of_stage = ["tag", "stage", "measure"]
    quality = GaugeMetricFamily("huojia_tag_quality", "Measured of a tag, by lifecycle stage.", labels=of_stage)
    alarm = GaugeMetricFamily("huojia_tag_alarm", "Drift (psi) and calibration error (ece).", labels=["tag", "of"])
    for tag in tags:
        found = ((level["stage"], name, level[name]) for level in tag["levels"] for name in MEASURES)
        for stage, name, value in found:
            if value is not None:
                quality.add_metric([tag["tag"], stage, name], value)
        for name in _ALARMS:
            if tag[name] is not None:
                alarm.add_metric([tag["tag"], name], tag[name])
    yield from (quality, alarm)
