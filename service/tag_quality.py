"""What the tag version in force says of its tags, with the measurement it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from recommender.tag_quality.measure import MEASURES, STAGES
from recommender.tag_quality.tag_life import RETIRED, WATCH
from service.clock import iso
from service.reports._told_levels import told_levels
from service.stores import tables
from service.stores._records import tag_version
from service.stores._upsert import table
from service.tag_lives import state_of

LEVELS = ("all", *STAGES)
FIGURES = ("psi", "ece", "ece_low")
_MEASURED, _CATEGORIES = table(tables.TagMeasurements), table(tables.Categories)
_LIVES = table(tables.TagLives)
SUMMED = ("n_eff", "truthfulness", "durability", "uniqueness", "quality")
"""What a summary of a tag shows of its measures in all stages."""
_TOLD = ("tag", "name", "kind", "zone", "polarity", "source", "provider", "scope")

Row = dict[str, Any]


def tag_library(connection: Connection, version: int) -> list[Row]:
    """Every tag of a version by name: what it claims, and what was measured on it in all stages (null: not yet)."""
    return sorted((_summary(tag) for tag in told_qualities(connection, version)), key=lambda row: str(row["tag"]))


def told_qualities(connection: Connection, version: int, tag: str | None = None) -> list[Row]:
    """As `tag_qualities`, without what is of so few carriers that no report tells it."""
    return [row | {"levels": told_levels(row["levels"])} for row in tag_qualities(connection, version, tag)]


def tag_qualities(connection: Connection, version: int, tag: str | None = None) -> list[Row]:
    """The tags of a version, or one of them, each with its `levels`: all stages together and every stage.

    A tag that nobody has measured has `measured_at` null and no levels.
    """
    categories = {row.category_no: row.code for row in connection.execute(select(_CATEGORIES))}
    items = [item for item in tag_version(connection, version) if tag is None or item["tag"] == tag]
    times = {item["measured"]["measured_us"] for item in items if "measured" in item}
    found: dict[tuple[int, int], dict[str, Row]] = {}
    for row in connection.execute(select(_MEASURED).where(_MEASURED.c.measured_us.in_(times))) if times else ():
        record = row._asdict()
        found.setdefault((record["measured_us"], record["tag_no"]), {})[record["stage"]] = record
    since = _changed_last(connection)
    return [_quality(item, categories, found) | _stand(item, since.get(item["tag_no"])) for item in items]


def _changed_last(connection: Connection) -> dict[int, tuple[str, int]]:
    """The newest change of every tag that has ever come into another state: that state, and as of when."""
    newest = select(_LIVES.c.tag_no, func.max(_LIVES.c.measured_us).label("us")).group_by(_LIVES.c.tag_no).subquery()
    beside = (newest.c.tag_no == _LIVES.c.tag_no) & (newest.c.us == _LIVES.c.measured_us)
    rows = connection.execute(select(_LIVES.c.tag_no, _LIVES.c.after, _LIVES.c.measured_us).join(newest, beside))
    return {row.tag_no: (row.after, row.measured_us) for row in rows}


def _quality(item: Mapping[str, Any], categories: Mapping[int, str], found: Mapping[tuple[int, int], Any]) -> Row:
    measured = item.get("measured")
    told = {name: item[name] for name in _TOLD}
    claims = item["category_no"] is not None or item["zone"] is not None
    row: Row = {
        **told,
        "category": categories.get(item["category_no"]),
        "measured_at": None,
        "weight": 1.0,
        "half_life_days": item["half_life_days"],
        **dict.fromkeys(FIGURES),
        "evidence": [],
        "levels": [],
        "note": None if claims else "claims no category or zone: a feature, its truthfulness is not measured",
    }
    if measured is None:
        return row if not claims else row | {"note": "not measured yet"}
    levels = found.get((measured["measured_us"], item["tag_no"]), {})
    return row | {
        "measured_at": iso(measured["measured_us"]),
        "weight": measured["weight"],
        "half_life_days": measured["half_life_days"] or item["half_life_days"],
        "evidence": next((level["evidence"].split(",") for level in levels.values()), []),
        **{name: levels.get("all", {}).get(name) for name in FIGURES},
        "levels": [_level(levels[name]) for name in LEVELS if name in levels],
    }


def _stand(item: Mapping[str, Any], changed: tuple[str, int] | None) -> Row:
    """The state, as of when it came into it by a measuring, and why it is on watch or retired."""
    state, cause = state_of(item)
    since = iso(changed[1]) if changed is not None and changed[0] == state else None
    return {"status": state, "state_since": since, "cause": cause if state in {WATCH, RETIRED} else None}


def _level(record: Mapping[str, Any]) -> Row:
    return {"stage": record["stage"], **{name: record[name] for name in MEASURES}}


def _summary(tag: Row) -> Row:
    levels: Sequence[Row] = tag["levels"]
    whole = levels[0] if levels else {}
    kept = {name: value for name, value in tag.items() if name not in {"levels", "evidence"}}
    return kept | {name: whole.get(name) for name in SUMMED}
