"""A row that is no row of this schema: a shelf without the customer, never an error."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.sample_bank import Service, cards, public_cards


@pytest.mark.parametrize("part", ["gate", "state"])
def test_a_row_that_cannot_be_decoded_gives_a_fallback_shelf(service: Service, part: str) -> None:
    customer_id = service.active(1)[0]
    with service.runtime.store.begin() as connection:
        statement = text(f"UPDATE customer_rows SET {part} = :junk WHERE customer_id = :customer_id")  # noqa: S608 - ours
        connection.execute(statement, {"junk": b"\x93junk", "customer_id": customer_id})
    shelf = service.shelf(customer_id)
    assert shelf["mode"] == "fallback"
    assert shelf["degraded"] == ["state"]
    assert cards(shelf) == []
    assert all(card["risk"] is None for card in public_cards(shelf))
    assert shelf["assessment"] is None


def test_a_row_that_cannot_be_decoded_costs_nobody_else_the_shelf(service: Service) -> None:
    ids = service.active(3)
    with service.runtime.store.begin() as connection:
        statement = text("UPDATE customer_rows SET state = x'93' WHERE customer_id = :customer_id")
        connection.execute(statement, {"customer_id": ids[1]})
    answer = service.client.post("/v1/shelves", json={"customers": ids}, headers=service.as_service)
    assert [shelf["mode"] for shelf in answer.json()["shelves"]] == ["personal", "fallback", "personal"]


def test_a_failed_read_is_timed_as_failed(service: Service) -> None:
    with service.runtime.store.begin() as connection:
        connection.execute(text("UPDATE customer_rows SET gate = x'c1'"))
    service.shelf(service.active(1)[0])
    assert 'component="row",outcome="failed",stage="gather"' in service.client.get("/metrics").text
