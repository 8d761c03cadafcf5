"""Reads what a metric was in past days: of customers who saw a card, from the first one on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from recommender.inference.winsor import winsorise
from service.calendar import DAY_US, BankCalendar, date_of_day
from service.crediting import CANCEL_DAYS
from service.experiments.measures import MEASURES, Measure
from service.experiments.planning import Past, past_of
from service.experiments.spec import Metric
from service.stores import tables
from service.stores._upsert import table

LOOKED_AT_DAYS = 28
"""So many days customers are counted who come; each is then followed for the metric's window."""

_EVENTS, _CONSENTS, _LOG = table(tables.Events), table(tables.Consents), table(tables.Decisions)
Floats = NDArray[np.float64]
Happened = list[tuple[str, int, float]]
"""Customer, UTC microseconds, how much it counts."""


def plannable(measure: str) -> bool:
    """Whether a measure can be read of the past: of shelves only their number is, without the logged documents."""
    known = MEASURES.get(measure)
    return known is not None and (known.of != "shelves" or measure == "shelves")


def past(connection: Connection, calendar: BankCalendar, metric: Metric, now_us: int) -> Past | None:
    """What a metric was of those who came in the last days that leave room for its window; None of nobody."""
    until = calendar.day(now_us) - metric.window_days
    since = until - LOOKED_AT_DAYS
    first = _first_seen(connection, calendar.midnight_us(since), calendar.midnight_us(until))
    window_us = metric.window_days * DAY_US
    span = (calendar.midnight_us(since) - window_us, calendar.midnight_us(until) + window_us)
    num = _happened(connection, MEASURES[metric.num], span)
    values, before = _summed(num, first, window_us), _summed(num, first, -window_us)
    den = None
    if metric.den is not None:
        den = _summed(_happened(connection, MEASURES[metric.den], span), first, window_us)
    if metric.kind == "proportion":
        values, before = (values > 0).astype(np.float64), (before > 0).astype(np.float64)
    elif metric.kind == "mean" and metric.winsor is not None and len(values):
        values, before = (winsorise(one, cap=float(np.quantile(one, metric.winsor))) for one in (values, before))
    came = np.bincount([calendar.day(at) - since for at in first.values()], minlength=LOOKED_AT_DAYS)
    days = (date_of_day(since).isoformat(), date_of_day(until).isoformat())
    reached = tuple(int(number) for number in np.cumsum(came)) if first else ()
    listed = (list(values), None if den is None else list(den), list(before) if metric.covariate else None)
    return past_of(listed, days, reached)


def _first_seen(connection: Connection, since_us: int, until_us: int) -> dict[str, int]:
    """When each customer saw the first card of these days."""
    at = _EVENTS.c.occurred_us
    statement = (
        select(_EVENTS.c.customer_id, func.min(at))
        .where(_EVENTS.c.kind == "impression", _EVENTS.c.muted.is_(False), at >= since_us, at < until_us)
        .group_by(_EVENTS.c.customer_id)
    )
    return {row[0]: int(row[1]) for row in connection.execute(statement)}


def _happened(connection: Connection, measure: Measure, span: tuple[int, int]) -> Happened:
    """What a measure counts between two instants."""
    since_us, until_us = span
    if measure.of == "consents":
        at = _CONSENTS.c.changed_us
        statement = select(_CONSENTS.c.customer_id, at).where(
            _CONSENTS.c.scope == "personalisation", _CONSENTS.c.granted.is_(False), at >= since_us, at < until_us
        )
        return [(row[0], int(row[1]), 1.0) for row in connection.execute(statement)]
    if measure.of == "shelves":
        at = _LOG.c.decided_us
        statement = select(_LOG.c.customer_id, at).where(at >= since_us, at < until_us)
        return [(row[0], int(row[1]), 1.0) for row in connection.execute(statement)]
    return _events(connection, measure, span)


def _events(connection: Connection, measure: Measure, span: tuple[int, int]) -> Happened:
    names = ("customer_id", "event_id", "occurred_us", "amount")
    at = _EVENTS.c.occurred_us
    statement = select(*(_EVENTS.c[name] for name in names)).where(
        _EVENTS.c.kind.in_(measure.kinds), _EVENTS.c.muted.is_(False), at >= span[0], at < span[1]
    )
    undone = _undone(connection, span) if measure.is_kept else {}
    found: Happened = []
    for customer, event, at_us, amount in connection.execute(statement):
        if undone.get((customer, event), at_us + CANCEL_DAYS * DAY_US + 1) - at_us > CANCEL_DAYS * DAY_US:
            found.append((customer, int(at_us), (amount or 0) / 100 if measure.is_money else 1.0))
    return found


def _undone(connection: Connection, span: tuple[int, int]) -> dict[tuple[str, str], int]:
    """When purchases were cancelled."""
    at = _EVENTS.c.occurred_us
    statement = select(_EVENTS.c.customer_id, _EVENTS.c.refers_to, at).where(
        _EVENTS.c.kind == "cancel", at >= span[0], at < span[1] + CANCEL_DAYS * DAY_US
    )
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(statement)}


def _summed(happened: Happened, first: Mapping[str, int], window_us: int) -> Floats:
    """What counts of each customer within a window from the first card on, or before it where that is negative."""
    place = {customer: number for number, customer in enumerate(first)}
    sums = np.zeros(len(first), dtype=np.float64)
    for customer, at_us, value in happened:
        number: Any = place.get(customer)
        if number is None:
            continue
        after = at_us - first[customer]
        if 0 <= after < window_us or window_us <= after < 0:
            sums[number] += value
    return sums
