"""Whom a tier reaches is told of the last personal shelf of everybody."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_only_the_last_personal_shelf_counts(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.shelf("a", 9, ("fixed", 0), ("migratable", 1))
    telling.shelf("a", 5, ("fixed", 0), ("fixed", 1), tiers={"cash.mmf": "fixed"})
    telling.shelf("a", 1, ("public", 0), mode="nonpersonal", tiers=None)
    told = telling.told("tiers")
    assert counts(told["tier_reach fixed"]) == (1, 1)
    assert counts(told["tier_reach migratable"]) == (0, 1)
    assert counts(told["tier_cards fixed"]) == (2, 1)
    assert counts(told["tier_categories fixed"]) == (1, 1)
