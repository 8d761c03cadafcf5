"""What is told of a tag in each stage outside of the reports: the same, and of as few carriers as little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.reports._suppression import suppressed
from service.reports._tag_metric import tag_metric
from service.reports.metric import FEW, Metric

_OF_THE_FOLLOWED = ("followed", "base_rate", "precision", "precision_low", "precision_high")


def told_levels(levels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The levels of one tag, each with the `reason` why some of it or all is null, which may be none."""
    metrics = [metric for level in levels for metric in _metrics(level)]
    few = {(one.name, one.group.get("stage", "all")) for one in suppressed(metrics) if one.reason == FEW}
    return [_told(level, {name for name, stage in few if stage == level["stage"]}) for level in levels]


def _metrics(level: Mapping[str, Any]) -> Iterator[Metric]:
    group = {} if level["stage"] == "all" else {"stage": str(level["stage"])}
    yield from (tag_metric(name, group, level) for name in ("precision", "quality"))
    tagged = int(level["tagged"])
    sides = (tagged, *(abs(tagged - int(level[name])) for name in ("followed", "observed")))
    yield tag_metric("quality", group, level)._replace(name="tagged", sides=sides)


def _told(level: dict[str, Any], few: set[str]) -> dict[str, Any]:
    observed = [name for name in level if name not in {"stage", "tagged", *_OF_THE_FOLLOWED}]
    of = {"tagged": ["tagged"], "precision": _OF_THE_FOLLOWED, "quality": observed}
    return level | dict.fromkeys(name for one in few for name in of[one]) | {"reason": FEW if few else None}
