"""The quality of tags as it was known on every day, from the measurements that are kept."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, select

from recommender.tag_quality.measure import STAGES
from recommender.tag_quality.tag_life import COUNTING
from recommender.training_data import TagQuality
from service.calendar import BankCalendar
from service.stores import tables
from service.stores._upsert import table
from service.tag_lives import UNCHANGED, states_at
from service.tags import stage_mean
from service.world import World

_MEASURED = table(tables.TagMeasurements)


def tag_history(connection: Connection, world: World, calendar: BankCalendar, as_of_day: int) -> TagQuality:
    """One number a tag and day, made as `World.tag_quality`; of a day's measurements the last counts.

    A tag that was neither active nor on watch by what had been measured has none on that day. What the version in
    force says nothing of (another claim since, given neither state, never measured) has the same on every day.
    """
    now, unmeasured = world.tags.quality, world.policy.unmeasured_quality
    columns = (_MEASURED.c.measured_us, _MEASURED.c.tag_no, _MEASURED.c.stage, _MEASURED.c.quality)
    rows = connection.execute(select(*columns).where(_MEASURED.c.stage.in_(STAGES))).all()
    times = np.unique(np.array([row.measured_us for row in rows], dtype=np.int64))
    found = np.full((1 + len(times), *now.shape), np.nan)
    place = {int(us): number for number, us in enumerate(times, start=1)}
    for row in rows:
        if row.quality is not None and row.tag_no < len(now):
            found[place[row.measured_us], row.tag_no, STAGES.index(row.stage)] = row.quality
    states = states_at(connection, times, len(now))
    counting = np.isin(states, [*COUNTING, UNCHANGED])
    found[1:][~counting] = 0.0
    lived = (states != UNCHANGED).any(axis=0)
    steady = np.isnan(now).all(axis=1) | ((now == 0).all(axis=1) & ~lived)
    found[:, steady] = now[steady]
    days = calendar.days(times)
    last = np.flatnonzero((days <= as_of_day) & (np.append(days[1:], as_of_day + 1) > days))
    known = found[np.append(0, last + 1)]
    return TagQuality(days[last], np.array([stage_mean(one, unmeasured) for one in known]))
