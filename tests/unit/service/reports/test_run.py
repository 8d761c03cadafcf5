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
from tests.unit.service.reports.brute_rules import rules
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
    "rules": rules,
}
ALL = [View(name, by) for name, report in REPORTS.items() for by in ("", *report.by)]


MONEY = frozenset({"net_new_money", "rolled_over", "shelf_share_of_money"})


def same(metrics: Sequence[Metric], by_customer: Counts, view: View) -> None:
    found = {(one.name, frozenset(one.group.items())): one for one in metrics if one.denominator}
    wanted = {key: list(zip(*own.values(), strict=True)) for key, own in by_customer.items()}
    wanted = {key: columns for key, columns in wanted.items() if sum(columns[1])}
    assert found.keys() == wanted.keys(), view
    for key, columns in wanted.items():
        one = found[key]
        counts = tuple(sum(column) for column in columns[:2])
        assert (one.numerator, one.denominator) == pytest.approx(counts, abs=1e-6), (view, key)
        assert one.sides == sides_of(one, columns), (view, key)
        assert one.name == "coverage" or one.customers == owners(columns[1])


def sides_of(one: Metric, columns: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """Whose the denominator, the numerator, what is missing to it and what is told by the way are."""
    x, y, *beside = columns
    if one.name == "coverage":
        return (int(beside[0][0]),)
    is_part = one.unit in {"share", "per customer"}
    missing = [max(of - hit, 0) if is_part else 0 for hit, of in zip(x, y, strict=True)]
    return tuple(owners(side, is_money=one.name in MONEY) for side in (y, x, missing, *beside))


def owners(side: Sequence[float], *, is_money: bool = False) -> int:
    amounts = [abs(amount) for amount in side if abs(amount) > 1e-6]
    return 1 if is_money and amounts and max(amounts) > 0.8 * sum(amounts) else len(amounts)


def check(told: Told, brute: Brute, codes: Sequence[str]) -> None:
    for view, metrics in told.views.items():
        if view.report in BY:
            same(metrics, BY[view.report](brute, view.by), view)
        elif view.report in PLAIN:
            same(metrics, PLAIN[view.report](brute), view)
    moved = by_hand.migration(brute, codes, lambda day: date_of_day(day).isoformat())
    same(told.views[View("migration")], moved, View("migration"))
    for view in (view for view in ALL if view.report == "lag"):
        wanted = lag(brute, view.by)
        for one in told.views[view]:
            key = one.name, frozenset(one.group.items())
            by_day, clicks, value, people = wanted.get(key, (0, 0, 0.0, (0, 0, 0)))
            assert (one.numerator, one.denominator) == (by_day, clicks), (view, key)
            assert (one.value or 0.0) == pytest.approx(value), (view, key)
            assert one.sides[:3] == people, (view, key)


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
    of_rules = {(one.name, *one.group.values()) for one in told.views[View("rules")] if one.numerator}
    of_cards = {f"{card}_{did}" for card in ("pin", "beside") for did in ("seen", "clicked")}
    assert of_rules == {
        *(("rule_acted", rule) for rule in ("front", "calm", "less")),
        ("rule_withheld", "less"),
        *((name, rule) for name in ("pin_placed", *of_cards) for rule in ("front", "calm")),
    }


def test_an_empty_bank_has_nothing_of_nothing_in_every_report(fillable: Runtime) -> None:
    store_it(dice(0), fillable, History(0))
    for metrics in run(fillable, ALL, Asked()).views.values():
        for one in metrics:
            assert one.numerator == 0
            assert one.value is None or one.name == "coverage"
            assert one.reason is None


def test_no_number_that_is_told_is_of_one_to_nine_customers(fillable: Runtime) -> None:
    chance = dice(2)
    history = made(chance, fillable, 90)
    store_it(chance, fillable, history)
    told = run(fillable, ALL, Asked())
    brute, numerators = Brute(history, told.since, told.until), 0
    for view in [*(one for one in ALL if one.report in BY), *(View(name) for name in PLAIN)]:
        by_customer = BY[view.report](brute, view.by) if view.report in BY else PLAIN[view.report](brute)
        for one in told.views[view]:
            if one.reason is None and one.denominator and one.name != "coverage":
                own = by_customer[one.name, frozenset(one.group.items())]
                sides = sides_of(one, list(zip(*own.values(), strict=True)))
                assert not any(0 < side < 10 for side in sides), (view, one)
                numerators += sides[1] > 0
    assert numerators > 30


def test_of_one_customer_nothing_is_told(fillable: Runtime) -> None:
    chance = dice(5)
    history = made(chance, fillable, 1)
    store_it(chance, fillable, history)
    for view, metrics in run(fillable, ALL, Asked()).views.items():
        for one in metrics:
            assert one.reason or not one.denominator or one.name == "coverage" or view.report == "tags", one
            assert not (one.reason and (one.value or one.numerator or one.customers))
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
