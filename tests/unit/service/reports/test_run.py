"""Every count of every report is what loops over the raw rows count, whatever came late, twice or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.calendar import date_of_day
from service.reports._days import BadDays
from service.reports.metric import Metric
from service.reports.run import REPORTS, Asked, Told, View, run
from service.runtime import Runtime
from tests.unit.service.reports import brute_customers as by_hand
from tests.unit.service.reports.brute import Brute, Counts, funnel, lag
from tests.unit.service.reports.brute_growth import cross, stickiness
from tests.unit.service.reports.histories import History, dice, made, small_bank, store_it

BY = {
    "funnel": funnel,
    "diversity": by_hand.diversity,
}
PLAIN = {
    "tiers": by_hand.tiers,
    "lifecycle": by_hand.lifecycle,
    "money": by_hand.money,
    "tasks": by_hand.tasks,
    "freshness": by_hand.freshness,
    "cross": cross,
    "stickiness": stickiness,
}
ALL = [View(name, by) for name, report in REPORTS.items() for by in ("", *report.by)]


def counts_of(metrics: Sequence[Metric]) -> Counts:
    return {
        (one.name, frozenset(one.group.items())): (one.numerator or 0.0, one.denominator or 0.0)
        for one in metrics
        if one.denominator
    }


def same(found: Counts, wanted: Counts, view: View) -> None:
    wanted = {key: counts for key, counts in wanted.items() if counts[1]}
    assert found.keys() == wanted.keys(), view
    for key, counts in wanted.items():
        assert found[key] == pytest.approx(counts, abs=1e-6), (view, key)


def check(told: Told, brute: Brute, codes: Sequence[str]) -> None:
    for view, metrics in told.views.items():
        if view.report in BY:
            same(counts_of(metrics), BY[view.report](brute, view.by), view)
        elif view.report in PLAIN:
            same(counts_of(metrics), PLAIN[view.report](brute), view)
    moved = by_hand.migration(brute, codes, lambda day: date_of_day(day).isoformat())
    same(counts_of(told.views[View("migration")]), moved, View("migration"))
    for view in (view for view in ALL if view.report == "lag"):
        wanted = lag(brute, view.by)
        for one in told.views[view]:
            key = one.name, frozenset(one.group.items())
            assert (one.numerator, one.denominator) == wanted.get(key, (0, 0, 0))[:2], (view, key)
            assert (one.value or 0.0) == pytest.approx(wanted.get(key, (0, 0, 0.0))[2]), (view, key)


@pytest.mark.usefixtures("all_told")
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(seed=st.integers(0, 2**32), customers=st.integers(0, 9), back=st.integers(1, 130), ends=st.integers(-1, 40))
def test_every_count_is_that_of_loops_over_the_raw_rows(
    fillable: Runtime, seed: int, customers: int, back: int, ends: int
) -> None:
    chance = dice(seed)
    history = made(chance, fillable, customers)
    store_it(chance, fillable, history)
    until = history.today - ends
    told = run(fillable, ALL, Asked(until - back, until))
    codes = fillable.worlds.last().catalogue.categories.codes
    check(told, Brute(history, until - back, until), codes)


@pytest.mark.usefixtures("all_told")
def test_the_histories_have_something_of_everything(fillable: Runtime) -> None:
    chance = dice(3)
    store_it(chance, fillable, made(chance, fillable, 150))
    told = run(fillable, [View(name) for name in REPORTS if name != "tags"], Asked())
    idle = [one.name for metrics in told.views.values() for one in metrics if not one.numerator and not one.group]
    assert idle == []
    moves = {one.group["to"] for one in told.views[View("migration")] if one.name == "migration" and one.numerator}
    assert moves == {"none", "fixed", "migratable", "transferable", "unseen"}


def test_an_empty_bank_has_nothing_of_nothing_in_every_report(fillable: Runtime) -> None:
    store_it(dice(0), fillable, History(0))
    for metrics in run(fillable, ALL, Asked()).views.values():
        for one in metrics:
            assert one.numerator == 0
            assert one.value is None or one.name == "coverage"
            assert not one.suppressed


def test_of_one_customer_nothing_is_told(fillable: Runtime) -> None:
    chance = dice(5)
    history = made(chance, fillable, 1)
    store_it(chance, fillable, history)
    for view, metrics in run(fillable, ALL, Asked()).views.items():
        for one in metrics:
            assert one.suppressed or not one.denominator or one.name == "coverage" or view.report == "tags", one
            assert not (one.suppressed and (one.value or one.numerator or one.customers))
    assert history.events


def test_days_that_do_not_follow_one_another_are_refused(fillable: Runtime) -> None:
    with pytest.raises(BadDays, match="since: must be before until"):
        run(fillable, [View("funnel")], Asked(100, 100))


def test_without_days_the_last_ninety_are_told_today_included(fillable: Runtime) -> None:
    told = run(fillable, [View("tags")], Asked())
    assert (told.until - told.since, told.until - 1) == (90, fillable.calendar.day(fillable.clock.now_us()))


@pytest.mark.usefixtures("all_told")
def test_postgresql_tells_what_sqlite_tells(fillable: Runtime, tmp_path: Path, postgres_url: str) -> None:
    found = []
    with small_bank(tmp_path, database_url=postgres_url) as other:
        for runtime in (fillable, other):
            chance = dice(17)
            store_it(chance, runtime, made(chance, runtime, 40))
            found.append(run(runtime, ALL, Asked()).views)
    assert found[0] == found[1]
