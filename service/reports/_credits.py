"""Up to when purchases have been credited, and which metrics rest on that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from service.crediting import marks, stored_marks
from service.reports.metric import UNATTRIBUTED, Metric
from service.reports.scope import Scope
from service.stores import tables
from service.stores._jobs import job_states
from service.stores._upsert import table

RESTING = frozenset(
    {
        *("funded_rate", "funded_of_seen", "same_product", "held_rate", "funded_by_day"),
        *("activation", "revenue", "repeat_purchase", "cross_sell", "cross_sell_anywhere"),
        *("cross_acquisition", "cross_sell_conversion"),
        *(f"{name}_{days}" for name in ("bought_again", "still_held") for days in (30, 90, 180)),
        *("net_new_money", "rolled_over", "shelf_share_of_money", "shelf_share_of_purchases"),
    }
)
"""Metrics that count purchases as `attribute` left them: kept or cancelled, and led to by which click."""
_EVENTS, _CREDITS = table(tables.Events), table(tables.Credits)
_CREDITING = frozenset({"attribute", "measure-tags", "infer-tags"})
"""Jobs that have credited all that was stored when they began, once they have succeeded."""


class Credits(NamedTuple):
    """Up to when all that was stored has been credited, and whether nothing has come since.

    Credits are stored page by page: what a run that has not succeeded credited says nothing of other customers. Where
    none of the jobs that credit has succeeded it is the newest event that some run read, before any that waits of whom
    none did; and where a job has begun nevertheless, before any event of whoever waits.
    `as_of_us` is None where there are events and no run has ever been.
    """

    as_of_us: int | None
    is_complete: bool

    @classmethod
    def of(cls, connection: Connection, scope: Scope, now_us: int) -> Credits:
        """As the bank's credits are now."""
        wanted, stored = marks(connection, scope.windows), stored_marks(connection)
        current = {key for key, mark in wanted.items() if stored.get(key) == mark}
        if len(current) == len(wanted):
            return cls(now_us, True)
        if not stored:
            return cls(None, False)
        begun = [state for name, state in job_states(connection).items() if name in _CREDITING and state.begun_us]
        succeeded_us = max((state.succeeded_us or 0 for state in begun), default=0)
        known = current if begun else stored.keys()
        return cls(min(succeeded_us or _newest(connection, current, known), now_us), False)

    def days_after(self, scope: Scope, now_us: int) -> int:
        """How many of the days asked about, up to today, are later than the credits."""
        last = scope.until - 1 if self.as_of_us is None else scope.calendar.day(self.as_of_us)
        return max(0, min(scope.until, scope.calendar.day(now_us) + 1) - max(scope.since, last + 1))

    def told(self, metrics: Iterable[Metric]) -> list[Metric]:
        """The metrics, without those that rest on credits where there are none."""
        return [one.untold(UNATTRIBUTED) if self.as_of_us is None and one.name in RESTING else one for one in metrics]


def _newest(connection: Connection, current: Collection[str], known: Collection[str]) -> int:
    """The newest event that was credited, or of a customer who is `current`, before all of who is not `known`."""
    newest = connection.scalar(select(func.max(_CREDITS.c.occurred_us))) or 0
    oldest: int | None = None
    of, arrived_us = _EVENTS.c.customer_id, _EVENTS.c.arrived_us
    arrived = select(of, func.min(arrived_us), func.max(arrived_us)).group_by(of)
    for customer_id, first_us, last_us in connection.execute(arrived):
        if customer_id in current:
            newest = max(newest, last_us)
        if customer_id not in known:
            oldest = first_us if oldest is None else min(oldest, first_us)
    return newest if oldest is None else min(newest, oldest - 1)
