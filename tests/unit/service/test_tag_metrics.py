"""What /metrics says of tags."""

from __future__ import annotations

from typing import Any

from service.tag_metrics import MEASURES, MeasuredTags, TagMetrics
from service.telemetry import Telemetry


def tag(code: str, status: str = "active", **fields: Any) -> dict[str, Any]:
    return {"tag": code, "status": status, "psi": None, "ece": None, "levels": []} | fields


def level(stage: str, **measured: float) -> dict[str, Any]:
    return {"stage": stage, **dict.fromkeys(MEASURES), **measured}


def shown(*tags: dict[str, Any], **quarantined: int) -> set[str]:
    telemetry = Telemetry()
    metrics = TagMetrics(telemetry)
    assert metrics.version == -1
    metrics.show(MeasuredTags(7, tags, quarantined))
    assert metrics.version == 7
    return {line for line in telemetry.render().decode().splitlines() if line.startswith("huojia_tag")}


def test_tags_are_counted_by_state_and_what_is_kept_apart_by_reason() -> None:
    lines = shown(tag("a"), tag("b"), tag("c", "watch"), contradictory=4, deleted=0)
    assert lines == {
        'huojia_tags{state="candidate"} 0.0',
        'huojia_tags{state="active"} 2.0',
        'huojia_tags{state="watch"} 1.0',
        'huojia_tags{state="retired"} 0.0',
        'huojia_tags_quarantined{reason="contradictory"} 4.0',
        'huojia_tags_quarantined{reason="deleted"} 0.0',
    }


def test_what_was_measured_is_told_by_stage_and_what_was_not_has_no_sample() -> None:
    levels = [level("all", truthfulness=0.5, precision=0.25), level("value", durability=0.75)]
    lines = shown(tag("a", levels=levels, psi=0.5))
    assert {line for line in lines if "huojia_tag_" in line} == {
        'huojia_tag_quality{measure="truthfulness",stage="all",tag="a"} 0.5',
        'huojia_tag_quality{measure="precision",stage="all",tag="a"} 0.25',
        'huojia_tag_quality{measure="durability",stage="value",tag="a"} 0.75',
        'huojia_tag_alarm{of="psi",tag="a"} 0.5',
    }


def test_before_anything_is_shown_there_are_no_tags() -> None:
    telemetry = Telemetry()
    TagMetrics(telemetry)
    assert 'huojia_tags{state="active"} 0.0' in telemetry.render().decode()
