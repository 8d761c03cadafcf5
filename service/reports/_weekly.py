"""What was measured on tags week by week."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from service.calendar import date_of_day
from service.reports.scope import Scope
from service.stores import tables
from service.stores._records import tag_version
from service.stores._upsert import table

_MEASURED = table(tables.TagMeasurements)


def weekly(connection: Connection, scope: Scope, version: int) -> list[dict[str, Any]]:
    """What the last measuring of every week of the days asked about found of each tag, by week and tag, all stages.

    `week` is its Monday. What was measured while a tag claimed something else is left out.
    """
    begun = {int(item["tag_no"]): item for item in tag_version(connection, version) if "measured" in item}
    since_us = scope.calendar.midnight_us(scope.since)
    measured_us = _MEASURED.c.measured_us
    rows = select(_MEASURED).where(_MEASURED.c.stage == "all", measured_us >= since_us, measured_us < scope.until_us)
    found = {}
    for row in connection.execute(rows.order_by(measured_us)):
        tag = begun.get(row.tag_no)
        if tag is not None and row.measured_us >= tag["measured"]["first_us"]:
            week = scope.calendar.week(scope.calendar.day(row.measured_us))
            monday = date_of_day(7 * week - 3).isoformat()  # 1970-01-01 was a Thursday
            found[week, tag["tag"]] = {**row._asdict(), "tag": tag["tag"], "week": monday}
    return [found[key] for key in sorted(found)]
