"""An event at the edge: what it names is known, its amount has cents and no more."""

from __future__ import annotations

from typing import Any

import pytest

from service.clock import iso
from service.events import RETRYABLE, EventEdge, Numbers, Rejected, read_event
from service.keyed import Secrets, Tracking
from tests.factories import NOW_US

KEYED = Secrets("s" * 32, "u" * 32)
EDGE = EventEdge(Numbers({"p": 0}, {"deposit.term": 0}, {0: 0}), KEYED, NOW_US, 10**15, None)
BOUGHT = {"event_id": "e", "customer_id": "c", "kind": "purchase", "occurred_at": iso(NOW_US), "product_id": "p"}


def shown(product_no: int) -> dict[str, Any]:
    token = KEYED.sign(Tracking("d", KEYED.customer_ref("c"), product_no, "fixed", 1, 1.0, "default@1"))
    return {"event_id": "e", "customer_id": "c", "kind": "click", "occurred_at": iso(NOW_US), "tracking": token}


def test_a_token_names_the_product_and_its_category() -> None:
    event = read_event(shown(0), EDGE)
    assert (event.product_no, event.category_no, event.decision_id) == (0, 0, "d")


def test_a_token_of_a_product_that_this_process_does_not_know_yet_may_be_sent_again() -> None:
    with pytest.raises(Rejected) as refusal:
        read_event(shown(1), EDGE)
    assert refusal.value.code == "unknown_product"
    assert refusal.value.code in RETRYABLE


def test_an_amount_becomes_minor_units() -> None:
    assert read_event({**BOUGHT, "amount": 5_000_000.25}, EDGE).amount == 500_000_025


@pytest.mark.parametrize("amount", [0.001, 500_000.001, 5_000_000.255, 10**13 * 2, 10**400, -1])
def test_an_amount_that_no_account_can_hold_is_refused_whatever_its_size(amount: float) -> None:
    with pytest.raises(Rejected) as refusal:
        read_event({**BOUGHT, "amount": amount}, EDGE)
    assert refusal.value.code == "bad_type"
