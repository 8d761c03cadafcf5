"""The daily step of every tag's weight towards what its quality deserves, logged before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from recommender.tag_quality.measure import Measurement
from recommender.tag_quality.weight_update import HIGHEST, LOWEST, weight_update
from service.stores import tables
from service.stores._upsert import insert_new, table

LEAST = 200.0  # effective observations below which a weight stays where it is
WORST, BEST = 0.01, 0.99  # qualities between which odds are taken

_WEIGHTS = table(tables.TagWeights)
Step = Mapping[str, Any]


def steps(measured: Measurement, weights: np.ndarray, day: int, at_us: int) -> list[Step]:
    """The steps of the tags that enough was observed of; `weights` are those in force, by tag number."""
    quality, n_eff = measured.quality[:, 0], measured.n_eff[:, 0]
    known = np.flatnonzero(~np.isnan(quality))
    if not len(known):
        return []
    mean = float(np.clip(quality[known].mean(), WORST, BEST))
    moved = known[n_eff[known] >= LEAST]
    own = np.clip(quality[moved], WORST, BEST)
    after = weight_update(weights[moved], own, mean)
    target = np.clip(own / (1 - own) / (mean / (1 - mean)), LOWEST, HIGHEST)
    return [
        {
            "tag_no": number,
            "day": day,
            "before": float(weights[number]),
            "target": float(target[place]),
            "after": float(after[place]),
            "quality": float(own[place]),
            "mean_quality": mean,
            "n_eff": float(n_eff[number]),
            "measured_us": at_us,
        }
        for place, number in enumerate(moved.tolist())
    ]


def untaken(connection: Connection, found: list[Step]) -> list[Step]:
    """The steps of tags that have not stepped on that day yet."""
    days = {step["day"] for step in found}
    done = set(connection.execute(select(_WEIGHTS.c.tag_no, _WEIGHTS.c.day).where(_WEIGHTS.c.day.in_(days))).all())
    return [step for step in found if (step["tag_no"], step["day"]) not in done]


def take(connection: Connection, taken: list[Step], weights: np.ndarray) -> np.ndarray:
    """The weights after the steps of a day; a tag steps once a day, whoever measures how often."""
    insert_new(connection, _WEIGHTS, taken)
    newest = select(_WEIGHTS.c.tag_no, func.max(_WEIGHTS.c.day).label("day")).group_by(_WEIGHTS.c.tag_no).subquery()
    logged = select(_WEIGHTS.c.tag_no, _WEIGHTS.c.after).join(
        newest, (newest.c.tag_no == _WEIGHTS.c.tag_no) & (newest.c.day == _WEIGHTS.c.day)
    )
    moved = weights.copy()
    for number, after in connection.execute(logged):
        moved[number] = after
    return moved
