"""The page of the zone."""

from __future__ import annotations

from shelf_rules.decision import TaskOffer
from shelf_rules.incentives.visit import visit
from tests.unit.shelf_rules.incentives.cards import make_card, make_seen


def test_every_category_has_a_page() -> None:
    assert visit(make_seen("loan.consumer"), make_card()) == TaskOffer("visit", "loan.consumer")
