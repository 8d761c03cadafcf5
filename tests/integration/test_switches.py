"""What a customer switches off is off on the very next request."""

from __future__ import annotations

from tests.sample_bank import Service, cards, public_cards


def test_switched_off_personalisation_is_off_on_the_next_request_and_on_again(service: Service) -> None:
    for customer_id in service.active(20):
        headers = service.as_customer(customer_id)
        service.client.put("/v1/me/personalisation", json={"enabled": False}, headers=headers)
        shelf = service.client.get("/v1/me/shelf", headers=headers).json()
        assert shelf["mode"] == "nonpersonal"
        assert cards(shelf) == []
        service.client.put("/v1/me/personalisation", json={"enabled": True}, headers=headers)
        assert service.client.get("/v1/me/shelf", headers=headers).json()["mode"] == "personal"


def test_a_switched_off_shelf_reads_no_profile(service: Service) -> None:
    customer_id = service.active(1)[0]
    headers = service.as_customer(customer_id)
    service.client.put("/v1/me/personalisation", json={"enabled": False}, headers=headers)
    _, row = service.runtime.store.read(customer_id, personal=True)
    assert row is not None
    assert row.state is None
    assert row.derived is None


def test_two_customers_of_the_same_band_get_identical_nonpersonal_bytes(service: Service) -> None:
    shelves = [service.shelf(customer_id) for customer_id in ("stranger-1", "stranger-2")]
    for shelf in shelves:
        shelf.pop("decision_id")
        for card in public_cards(shelf):
            card.pop("tracking")
    assert shelves[0] == shelves[1]


def test_intent_while_switched_off_is_never_folded_not_even_after_switching_on(service: Service) -> None:
    customer_id = service.active(1)[0]
    headers = service.as_customer(customer_id)
    before = service.shelf(customer_id, explain="true")["explain"]["categories"]
    service.client.put("/v1/me/personalisation", json={"enabled": False}, headers=headers)
    now = service.client.get("/v1/me/personalisation", headers=headers).json()["changed_at"]
    looked = [
        {
            "event_id": f"look-{index}",
            "kind": "search",
            "occurred_at": now,
            "category": "ins.annuity",
            "session_id": str(index),
        }
        for index in range(9)
    ]
    answer = service.client.post("/v1/me/events", json={"events": looked}, headers=headers)
    assert {result["status"] for result in answer.json()["results"]} == {"accepted"}
    service.client.put("/v1/me/personalisation", json={"enabled": True}, headers=headers)
    after = service.shelf(customer_id, explain="true")["explain"]["categories"]
    assert _intent(after) == _intent(before)


def test_a_refused_behaviour_consent_closes_intent_on_the_next_request(service: Service) -> None:
    looking = next(
        c for c in service.active(200) if _intent(service.shelf(c, explain="true")["explain"]["categories"]) > 0
    )
    service.client.put("/v1/me/consents/behaviour", json={"granted": False}, headers=service.as_customer(looking))
    assert _intent(service.shelf(looking, explain="true")["explain"]["categories"]) == 0


def test_an_unknown_scope_is_not_found(shared_service: Service) -> None:
    headers = shared_service.as_customer(shared_service.active(1)[0])
    answer = shared_service.client.put("/v1/me/consents/everything", json={"granted": True}, headers=headers)
    assert answer.status_code == 404


def _intent(categories: dict[str, dict[str, dict[str, float]]]) -> float:
    return sum(view["parts"]["intent"] or 0.0 for view in categories.values())
