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
    assert counts(telling.told("funnel")["seen_rate"]) == (0, 1)


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
