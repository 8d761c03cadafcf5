"""Pages of whole customers say the same whatever their size, and know what no catalogue knows."""

from __future__ import annotations

import pytest

from service.reports import _reading
from service.reports.run import REPORTS, Asked, View, run
from service.runtime import Runtime
from tests.unit.service.reports.histories import dice, made, store_it
from tests.unit.service.reports.telling import Telling, counts


def test_pages_of_any_size_make_the_same_reports(fillable: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = dice(11)
    store_it(chance, fillable, made(chance, fillable, 30))
    found = []
    for size in (1, 7, 500):
        monkeypatch.setattr(_reading, "SIZE", size)
        found.append(run(fillable, [View(name) for name in REPORTS], Asked()).views)
    for view, metrics in found[0].items():
        for one, other, third in zip(metrics, found[1][view], found[2][view], strict=True):
            for name in ("numerator", "denominator", "low", "high"):
                assert getattr(one, name) == pytest.approx(getattr(other, name)) == pytest.approx(getattr(third, name))


@pytest.mark.usefixtures("all_told")
def test_a_customer_whom_only_the_decision_log_knows_is_counted(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.shelf("stranger", 5, ("public", 0), mode="nonpersonal", stage=None, tiers=None)
    telling.history.customers.clear()
    assert counts(telling.told("freshness")["shelf_fresh"]) == (1, 1)


@pytest.mark.usefixtures("all_told")
def test_what_was_served_where_personalisation_was_off_is_in_no_denominator_of_what_may_not_be_read(
    fillable: Runtime,
) -> None:
    telling = Telling(fillable)
    for who in ("on", "off"):
        shelf = telling.shelf(who, 50, ("public", 0), mode="holdout" if who == "on" else "nonpersonal")
        shelf["cards"][0]["task"] = True
        telling.on_card(shelf, "click", 50)
        telling.event(who, "purchase", 49, amount=1_00)
    telling.history.refused["off"] = 0
    told = telling.told("funnel")
    assert [counts(told[name]) for name in ("seen_rate", "click_rate", "funded_rate")] == [(1, 1)] * 3
    assert counts(telling.told("lifecycle")["revenue"]) == (1, 1)
    assert counts(telling.told("tasks")["task_offered"]) == (1, 1)


@pytest.mark.usefixtures("all_told")
def test_a_decision_about_somebody_else_is_not_known(fillable: Runtime) -> None:
    telling = Telling(fillable)
    shelf = telling.shelf("a", 50, ("fixed", 0))
    told = {name: shelf["cards"][0][name] for name in ("tier", "slot", "product_no")}
    telling.event("b", "click", 50, decision_id=shelf["decision_id"], **told)
    found = telling.told("funnel", "stage")
    assert counts(found["click_rate value"]) == (0, 0)
    assert counts(found["seen_rate value"]) == (0, 1)
    assert counts(found["click_rate unknown"]) == (1, 1)


@pytest.mark.usefixtures("all_told")
def test_what_happens_after_the_days_is_not_read(fillable: Runtime) -> None:
    telling = Telling(fillable)
    shelf = telling.shelf("a", 50, ("fixed", 0))
    telling.on_card(shelf, "click", 10)
    telling.told("funnel")
    today = telling.history.today
    view = View("funnel")
    for until, clicked in ((today - 10, 0), (today - 9, 1)):
        metrics = run(fillable, [view], Asked(today - 60, until)).views[view]
        assert counts(metrics[0]) == (clicked, 1)
