from __future__ import annotations

from service.event_body import canonical_body

STORED = {"customer_id": "c", "occurred_at": 1, "product_no": 3, "decision_id": "d", "tier": "fixed", "slot": 1}


def test_a_token_is_the_same_as_the_columns_it_stands_for() -> None:
    by_token = canonical_body({"event_id": "e", "tracking": "x"}, STORED)
    by_columns = {"event_id": "e", "product_id": "p", "category": "deposit.term", "decision_id": "d", "slot": 1}
    assert canonical_body(by_columns, STORED) == by_token == {"event_id": "e", **STORED}


def test_null_is_the_same_as_left_out() -> None:
    assert canonical_body({"channel": None}, {"amount": None}) == {}


def test_without_a_product_the_category_is_part_of_the_event() -> None:
    assert canonical_body({"category": "cash.mmf"}, {"product_no": None}) == {"category": "cash.mmf"}
