from __future__ import annotations

from typing import Any

import pytest

from service.bases import base_of, observed_spells
from service.calendar import DAY_US, BankCalendar
from service.profiles import Known
from tests.factories import NOW_US

CALENDAR = BankCalendar("Asia/Shanghai")


def test_an_observed_product_is_held_until_the_first_observation_without_it() -> None:
    seen = [(10, 1, 5), (20, 1, 7), (20, 2, None), (30, 2, 4), (40, 1, 9), (40, 2, 4)]
    rows = [{"as_of_us": at, "product_no": product, "amount": amount} for at, product, amount in seen]
    spells = [(s["product_no"], s["opened_us"], s["closed_us"], s["amount"]) for s in observed_spells(rows)]
    assert spells == [(1, 10, 30, 7), (2, 20, None, 4), (1, 40, None, 9)]


def test_a_statement_counts_before_observations() -> None:
    observed = [{"as_of_us": NOW_US, "product_no": 1, "amount": 5}]
    stated = [{"product_no": 2, "opened_us": 0, "closed_us": None, "matures_us": None, "amount": None}]
    base = base_of(Known(snapshots=observed), {1: 0}, CALENDAR, 180)
    assert (base.as_of_us, base.spells["product"].tolist()) == (NOW_US, [1])
    base = base_of(Known(snapshots=observed, holdings=stated, statement_us=7), {1: 0, 2: 0}, CALENDAR, 180)
    assert (base.as_of_us, base.spells["product"].tolist()) == (7, [2])
    base = base_of(Known(snapshots=observed, statement_us=7), {1: 0}, CALENDAR, 180)
    assert (base.as_of_us, len(base.spells)) == (7, 0)


def tag(assigned_days_ago: int, removed_days_ago: int | None = None, by: str | None = None) -> dict[str, Any]:
    removed_us = None if removed_days_ago is None else NOW_US - removed_days_ago * DAY_US
    assigned_us = NOW_US - assigned_days_ago * DAY_US
    removed = {"removed_us": removed_us, "removed_by": by}
    return {"tag_no": 1, "assigned_us": assigned_us, "affinity": None, "quarantined": None, **removed}


def test_a_tag_in_quarantine_is_not_held() -> None:
    assert len(base_of(Known(tags=[tag(9) | {"quarantined": "contradictory"}]), {}, CALENDAR, 180).tags) == 0


@pytest.mark.parametrize(
    ("tags", "held"),
    [
        ([tag(9)], True),
        ([tag(9, 1, "bank")], False),
        ([tag(9, 5, "bank"), tag(1)], True),
        ([tag(9, 5, "customer"), tag(1)], False),
        ([tag(300, 200, "customer"), tag(100)], False),
        ([tag(300, 200, "customer"), tag(10)], True),
        ([tag(300), tag(100, 50, "bank")], False),
    ],
)
def test_a_tag_is_held_unless_removed_or_under_a_tombstone(tags: list[dict[str, Any]], held: bool) -> None:
    for order in (tags, tags[::-1]):
        assert len(base_of(Known(tags=order), {}, CALENDAR, 180).tags) == held
