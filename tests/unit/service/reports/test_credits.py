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


def half_credited(runtime: Runtime, state: JobState | None) -> tuple[Telling, Told]:
    """What is told where a run was killed between two customers: the first one's newer events are credited."""
    telling = Telling(runtime)
    for who, days_ago in (("a", 40), ("z", 30)):
        telling.event(who, "purchase", days_ago)
    telling.told("money")
    late = [telling.event(who, "purchase", days_ago) for who, days_ago in (("z", 12), ("a", 5))]
    runtime.store.append([record_of(row) for row in late])
    attribute(runtime)
    with runtime.store.begin() as connection:
        mark = table(tables.CreditMarks)
        if state is None:
            connection.execute(delete(mark).where(mark.c.customer_id == "z"))
        else:
            connection.execute(mark.update().where(mark.c.customer_id == "z").values(mark=b"older"))
    if state is not None:
        runtime.store.put_job_state(state)
    try:
        return telling, told_of(runtime)
    finally:
        runtime.store.put_job_state(JobState("attribute"))


def test_a_run_that_ended_between_two_customers_is_as_of_none_that_waits(fillable: Runtime) -> None:
    telling, told = half_credited(fillable, None)
    assert told.credits == (telling.history.events[1]["arrived_us"] - 1, False)


@pytest.mark.parametrize("has_succeeded", [True, False])
def test_of_a_run_that_was_killed_nothing_later_than_the_last_success_is_told(
    fillable: Runtime, has_succeeded: bool
) -> None:
    noon_us = Telling(fillable).noon_us
    begun_us = noon_us - 20 * DAY_US
    state = JobState("attribute", begun_us=begun_us)
    state = state.ended(begun_us, "done", "").begun(noon_us, None, "") if has_succeeded else state
    telling, told = half_credited(fillable, state)
    assert told.credits == (begun_us if has_succeeded else telling.history.events[1]["arrived_us"] - 1, False)


def test_the_tags_alone_wait_for_no_credits_and_read_none(fillable: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_credits, "marks")
    told = run(fillable, [View("tags"), View("tags", "stage")], Asked())
    assert (told.credits, told.days_after) == ((told.made_us, True), 0)
