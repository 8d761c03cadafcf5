"""What rests on the crediting of purchases is not told before there was one, and then it is told up to when."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from service.calendar import DAY_US
from service.job_state import JobState
from service.jobs.attribute import attribute
from service.reports import _credits
from service.reports._credits import RESTING
from service.reports.metric import UNATTRIBUTED, Metric
from service.reports.run import REPORTS, Asked, Told, View, run
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table
from tests.unit.service.reports.histories import History, dice, made, record_of, store_it
from tests.unit.service.reports.telling import Telling

VIEWS = [View(name) for name in REPORTS if name != "tags"]


def told_of(runtime: Runtime) -> Told:
    return run(runtime, VIEWS, Asked())


def uncredit(runtime: Runtime) -> None:
    with runtime.store.begin() as connection:
        for model in (tables.Credits, tables.CreditMarks):
            connection.execute(delete(table(model)))


def by_name(told: Told) -> dict[tuple[object, ...], Metric]:
    return {(one.name, *one.group.items()): one for metrics in told.views.values() for one in metrics}


def test_what_is_not_told_without_credits_is_what_would_be_wrong_without_them(
    fillable: Runtime, all_told: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_it(dice(3), fillable, made(dice(3), fillable, 150))
    before = by_name(told_of(fillable))
    uncredit(fillable)
    after = by_name(told_of(fillable))
    for one in after.values():
        assert (one.reason == UNATTRIBUTED) == (one.name in RESTING)
        assert one.reason is None or {one.numerator, one.denominator, one.value, one.customers} == {None}
    monkeypatch.setattr(_credits, "RESTING", frozenset())
    wrong = by_name(told_of(fillable))
    assert {one.name for key, one in before.items() if wrong[key].as_dict() != one.as_dict()} == RESTING


def test_a_bank_in_which_nothing_has_happened_waits_for_no_credits(fillable: Runtime) -> None:
    store_it(dice(0), fillable, History(0))
    told = told_of(fillable)
    assert told.credits == (told.made_us, True)
    assert all(one.reason is None for one in by_name(told).values())


def test_credits_of_all_that_is_stored_are_as_of_now(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.event("a", "purchase", 20)
    telling.told("money")
    told = told_of(fillable)
    assert (told.credits, told.days_after) == ((told.made_us, True), 0)


def test_what_came_since_the_newest_run_is_told_with_the_days_that_it_does_not_know(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.event("a", "purchase", 20)
    telling.event("b", "purchase", 30)
    telling.told("money")
    fillable.store.append([record_of(telling.event("b", "purchase", 10))])
    told = told_of(fillable)
    assert told.credits == (telling.history.events[0]["arrived_us"], False)
    assert told.days_after == 20
    begun_us = telling.noon_us - 15 * DAY_US
    fillable.store.put_job_state(JobState("attribute", begun_us=begun_us).ended(begun_us, "done", ""))
    try:
        told = told_of(fillable)
        assert (told.credits, told.days_after) == ((begun_us, False), 15)
        assert told.as_dict()["days_after_credits"] == 15
        until = run(fillable, VIEWS, Asked(0, telling.history.today - 15))
        assert until.days_after == 0
    finally:
        fillable.store.put_job_state(JobState("attribute"))
    attribute(fillable)
    assert told_of(fillable).days_after == 0
