"""Freshness is how late events arrive and how old the tiers of a shelf are."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_an_event_that_arrives_late_is_in_the_denominator_of_those_in_time(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.event("a", "login", 9)
    late = telling.event("a", "login", 9)
    late["arrived_us"] += 2 * 3_600_000_000
    told = telling.told("freshness")
    assert [counts(told[f"arrived {within}"]) for within in ("minute", "hour", "day")] == [(1, 2), (1, 2), (2, 2)]


def test_tiers_of_the_day_before_are_fresh_and_older_ones_are_not(fillable: Runtime) -> None:
    telling = Telling(fillable)
    today = telling.history.today
    for days in (9, 10, 11):
        telling.shelf("a", 9, tiers={"cash.mmf": "fixed"}, snapshot_day=today - days)
    assert counts(telling.told("freshness")["tiers_fresh"]) == (2, 3)
