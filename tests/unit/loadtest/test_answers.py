from __future__ import annotations

from typing import Any

import pytest

from loadtest.answers import cards_of, events_fault, public_of, shelf_fault, shelves_fault
from tests.unit.loadtest.shelves import card, shelf

GOOD = shelf(card("p1"), card("p2", 2), card("p3", tier=None))


def test_a_whole_shelf_has_no_fault() -> None:
    assert shelf_fault(GOOD) is None
    assert [one["product_id"] for one in cards_of(GOOD)] == ["p1", "p2"]
    assert [one["product_id"] for one in public_of(GOOD)] == ["p3"]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (GOOD | {"decision_id": ""}, "no decision_id"),
        (GOOD | {"tiers": GOOD["tiers"][:2]}, "three tiers"),
        (GOOD | {"tiers": GOOD["tiers"][::-1]}, "three tiers"),
        (GOOD | {"mode": "fallback"}, "fallback"),
        (GOOD | {"mode": "nonpersonal"}, "cards in the tiers of a nonpersonal shelf"),
        (shelf(card("p1"), card("p2")), "two cards in one slot"),
        (shelf(card("p1") | {"tracking": ""}), "without tracking"),
    ],
)
def test_a_broken_shelf_is_told_by_what_is_wrong(broken: dict[str, Any], fault: str) -> None:
    assert fault in (shelf_fault(broken) or "")


def test_a_batch_is_as_long_as_asked_and_all_of_it_is_good() -> None:
    assert shelves_fault({"shelves": [GOOD, GOOD]}, 2) is None
    assert shelves_fault({"shelves": [GOOD]}, 2) == "shelves: 1 for 2 customers"
    assert shelves_fault({"shelves": [GOOD, GOOD | {"mode": "x"}]}, 2) == "shelf: mode 'x'"


def test_every_event_of_a_good_batch_is_accepted() -> None:
    accepted, rejected = {"status": "accepted"}, {"status": "rejected", "code": "bad_tracking"}
    assert events_fault({"results": [accepted]}, 1) is None
    assert events_fault({"results": []}, 1) == "events: 0 results for 1 events"
    assert events_fault({"results": [accepted, rejected]}, 2) == "events: bad_tracking"
