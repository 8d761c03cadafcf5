"""A category moves up where it goes from transferable to migratable or fixed."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_who_is_not_seen_again_stays_in_the_denominator(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who in ("a", "b", "c"):
        telling.shelf(who, 40, tiers={"cash.mmf": "transferable"})
    telling.shelf("a", 9, tiers={"cash.mmf": "migratable"})
    telling.shelf("b", 9, tiers={"cash.mmf": "transferable"})
    told = telling.told("migration")
    assert counts(told["moved_up transferable"]) == (1, 3)
    assert counts(told["migration transferable unseen"]) == (1, 3)
    assert counts(told["migration transferable migratable"]) == (1, 3)


def test_the_last_shelf_of_a_period_says_its_tier_and_one_without_a_snapshot_says_nothing(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.shelf("a", 50, tiers={"cash.mmf": "fixed"})
    telling.shelf("a", 40, tiers={"cash.mmf": "migratable"})
    telling.shelf("a", 39, tiers={}, snapshot_day=-1)
    telling.shelf("a", 2, tiers={"cash.mmf": "fixed"})
    assert counts(telling.told("migration")["moved_up migratable"]) == (1, 1)
