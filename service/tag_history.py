"""The quality of tags as it was known on every day, from the measurements that are kept."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, select

from recommender.tag_quality.measure import STAGES
from recommender.tag_quality.tag_life import COUNTING, RETIRED
from recommender.training_data import TagQuality
from service.calendar import BankCalendar
from service.stores import tables
from service.stores._records import tag_version
from service.stores._upsert import table
from service.tag_lives import given
from service.tags import stage_mean
from service.world import World

_MEASURED = table(tables.TagMeasurements)


def tag_history(connection: Connection, world: World, calendar: BankCalendar, as_of_day: int) -> TagQuality:
    """One number a tag and day, made as `World.tag_quality`; of a day's measurements the last counts.

    A tag that was neither active nor on watch by what had been measured counts for nothing on that day. What the
    version in force has no life of (not measured, or given another state since, or retired by its bank) has the same
    on every day; what was measured while a tag claimed something else says nothing.
    """
    now, unmeasured = world.tags.quality, world.policy.unmeasured_quality
    columns = (_MEASURED.c.measured_us, _MEASURED.c.tag_no, _MEASURED.c.stage, _MEASURED.c.quality, _MEASURED.c.state)
    rows = connection.execute(select(*columns).where(_MEASURED.c.stage.in_(STAGES))).all()
    times = np.unique(np.array([row.measured_us for row in rows], dtype=np.int64))
    place = {int(us): number for number, us in enumerate(times, start=1)}
    found, since = np.tile(now, (1 + len(times), 1, 1)), _lived_since(connection, world)
    for number, (first_us, counted) in since.items():
        found[: place.get(first_us, 0), number] = np.nan if counted else 0.0
    for row in rows:
        if row.tag_no in since and row.measured_us >= since[row.tag_no][0]:
            known = np.nan if row.quality is None else row.quality
            found[place[row.measured_us], row.tag_no, STAGES.index(row.stage)] = known if row.state in COUNTING else 0.0
    days = calendar.days(times)
    last = np.flatnonzero((days <= as_of_day) & (np.append(days[1:], as_of_day + 1) > days))
    known_then = found[np.append(0, last + 1)]
    return TagQuality(days[last], np.array([stage_mean(one, unmeasured) for one in known_then]))


def _lived_since(connection: Connection, world: World) -> dict[int, tuple[int, bool]]:
    """When each tag that has a life was first measured with its present claim, and whether it was given to count."""
    found = {}
    for item in tag_version(connection, world.versions.tags):
        measured, state = item.get("measured"), given(item)
        if measured is not None and measured["life"]["given"] == state and state != RETIRED:
            found[int(item["tag_no"])] = int(measured["first_us"]), state in COUNTING
    return found
