"""What the page shows besides the results: who was exposed on which day, and who was put into an arm by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from recommender.inference.srm import srm
from service.calendar import DAY_US
from service.experiments.results.document import SrmEpoch
from service.experiments.spec import Override
from service.stores import tables
from service.stores._upsert import table

_EXPOSURES = table(tables.Exposures)


class Beside(NamedTuple):
    """`evidence`: ln Bayes factor of the sample ratio at the end of each day since the start, none before two days."""

    evidence: Sequence[tuple[int, float]] = ()
    overrides: Sequence[Override] = ()


class Exposed(NamedTuple):
    """First exposures of one arm: (UTC microseconds of each customer), customers of several arms left out."""

    arms: Sequence[str]
    first: Sequence[tuple[int, int]]


def exposed(connection: Connection, key: str, phase: int, arms: Sequence[str], as_of_us: int) -> Exposed:
    """The first exposures of a phase, (microseconds, place of the arm), in their order."""
    place = {arm: number for number, arm in enumerate(arms)}
    seen = _EXPOSURES.c
    statement = (
        select(func.min(seen.arm), func.min(seen.first_us))
        .where(seen.experiment == key, seen.phase == phase, seen.first_us <= as_of_us)
        .group_by(seen.customer_id)
        .having(func.count(seen.arm.distinct()) == 1)
    )
    found = sorted((int(at), place[arm]) for arm, at in connection.execute(statement) if arm in place)
    return Exposed(arms, found)


def evidence(found: Exposed, epochs: Sequence[tuple[int, SrmEpoch]], span: tuple[int, int]) -> list[tuple[int, float]]:
    """ln Bayes factor by day of a span (UTC microseconds), over all allocation epochs (since when each, the epoch)."""
    started_us, as_of_us = span
    days = -(-(as_of_us - started_us) // DAY_US)
    told = []
    for day in range(1, days + 1):
        counts, shares = _up_to(found, epochs, min(started_us + day * DAY_US, as_of_us))
        if counts:
            value = srm(counts, shares).log_bayes_factor
            told += [] if value is None else [(day, value)]
    return told


def _up_to(
    found: Exposed, epochs: Sequence[tuple[int, SrmEpoch]], end_us: int
) -> tuple[list[list[float]], list[list[float]]]:
    counts, shares = [], []
    for number, (since_us, epoch) in enumerate(epochs):
        until_us = epochs[number + 1][0] if number + 1 < len(epochs) else end_us
        of = [0.0] * len(found.arms)
        for at, arm in found.first:
            of[arm] += since_us <= at < min(until_us, end_us)
        expected = [_share(epoch.shares, arm) for arm in found.arms]
        if sum(of) and sum(expected) > 0:
            counts.append(of)
            shares.append(expected)
    return counts, shares


def _share(shares: Mapping[str, float], arm: str) -> float:
    return float(shares.get(arm, 0.0))
