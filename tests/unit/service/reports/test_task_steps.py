"""Tasks are counted from offered to done."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_who_was_offered_a_task_and_did_nothing_stays_in_the_denominator(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who in ("a", "b"):
        telling.shelf(who, 9, ("migratable", 0), ("fixed", 1))["cards"][0]["task"] = True
    telling.event("a", "task_accepted", 8, task_id="t")
    told = telling.told("tasks")
    assert counts(told["task_offered"]) == (2, 4)
    assert counts(told["task_accepted"]) == (1, 2)
    assert counts(told["task_done"]) == (0, 1)
