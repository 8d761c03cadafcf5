"""The shelf over HTTP, as an app and as a service see it."""

from __future__ import annotations

import pytest

from service.clock import iso
from tests.sample_bank import Service, cards, public_cards

FIELDS = [
    "product_id",
    "zone",
    "category",
    "title",
    "risk",
    "yield",
    "term",
    "min_amount",
    "liquidity",
    "badge",
    "tier",
    "slot",
    "reason",
    "task",
    "action",
    "dismiss",
    "disclosures",
    "tracking",
]


def test_an_active_customer_has_three_tiers_with_cards(shared_service: Service) -> None:
    shelf = shared_service.shelf(shared_service.with_three_tiers())
    assert shelf["mode"] == "personal"
    assert [tier["tier"] for tier in shelf["tiers"]] == ["fixed", "migratable", "transferable"]
    assert all(tier["zones"] for tier in shelf["tiers"])


def test_every_card_has_the_fields_of_the_contract(shared_service: Service) -> None:
    for customer_id in shared_service.active(50):
        for card in cards(shared_service.shelf(customer_id)):
            assert [field for field in FIELDS if field not in card] == []


def test_a_place_on_the_shelf_is_one_tier_and_slot(shared_service: Service) -> None:
    for customer_id in shared_service.active(100):
        placed = [(card["tier"], card["slot"]) for card in cards(shared_service.shelf(customer_id))]
        assert len(set(placed)) == len(placed)


def test_zones_stand_in_the_order_of_their_first_slot_and_never_mix(shared_service: Service) -> None:
    for customer_id in shared_service.active(50):
        for tier in shared_service.shelf(customer_id)["tiers"]:
            firsts = [min(card["slot"] for card in zone["cards"]) for zone in tier["zones"]]
            assert firsts == sorted(firsts)
            assert all(card["zone"] == zone["zone"] for zone in tier["zones"] for card in zone["cards"])


def test_the_customer_and_the_service_see_the_same_shelf(shared_service: Service) -> None:
    customer_id = shared_service.active(1)[0]
    mine = shared_service.client.get("/v1/me/shelf", headers=shared_service.as_customer(customer_id)).json()
    theirs = shared_service.shelf(customer_id)
    assert [card["product_id"] for card in cards(mine)] == [card["product_id"] for card in cards(theirs)]


def test_a_customer_never_sees_scores(shared_service: Service) -> None:
    headers = shared_service.as_customer(shared_service.active(1)[0])
    shelf = shared_service.client.get("/v1/me/shelf?explain=true", headers=headers).json()
    assert "explain" not in shelf
    assert all("score" not in card for card in cards(shelf))


def test_an_unknown_customer_gets_an_honest_shelf_without_past(shared_service: Service) -> None:
    shelf = shared_service.shelf("nobody-knows-me")
    assert shelf["mode"] == "nonpersonal"
    assert cards(shelf) == []
    assert public_cards(shelf)
    assert shelf["lifecycle"] is None


def test_a_shelf_outside_personal_mode_has_no_task_and_no_experiment(shared_service: Service) -> None:
    shelf = shared_service.shelf("nobody-knows-me")
    assert shelf["experiments"] == []
    assert all(card["task"] is None for card in public_cards(shelf))


def test_many_shelves_come_in_the_order_asked(shared_service: Service) -> None:
    ids = shared_service.active(20)
    answer = shared_service.client.post("/v1/shelves", json={"customers": ids}, headers=shared_service.as_service)
    shelves = answer.json()["shelves"]
    singly = [[card["product_id"] for card in cards(shared_service.shelf(customer_id))] for customer_id in ids]
    assert [[card["product_id"] for card in cards(shelf)] for shelf in shelves] == singly


def test_texts_come_in_both_languages(shared_service: Service) -> None:
    customer_id = shared_service.active(1)[0]
    zh, en = (shared_service.shelf(customer_id, lang=language) for language in ("zh", "en"))
    assert zh["tiers"][0]["title"] != en["tiers"][0]["title"]
    assert en["algorithm_notice"]["text"].isascii()


@pytest.mark.parametrize(
    ("query", "named"),
    [("lang=fr", "lang"), ("channel=tv", "channel"), ("scene=war", "scene"), ("placement=A!", "placement")],
)
def test_a_bad_query_is_refused_naming_the_parameter(shared_service: Service, query: str, named: str) -> None:
    answer = shared_service.client.get(f"/v1/customers/C1/shelf?{query}", headers=shared_service.as_service)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["loc"] == f"query.{named}"


def test_a_dismissed_product_is_gone_from_the_next_shelf(service: Service) -> None:
    customer_id = service.active(1)[0]
    dismissed = cards(service.shelf(customer_id))[0]["product_id"]
    now = iso(service.runtime.clock.now_us())
    event = {"event_id": "d1", "kind": "dismiss", "occurred_at": now, "product_id": dismissed}
    answer = service.client.post("/v1/me/events", json={"events": [event]}, headers=service.as_customer(customer_id))
    assert answer.json()["results"][0]["status"] == "accepted"
    assert dismissed not in {card["product_id"] for card in cards(service.shelf(customer_id))}


def test_a_purchase_shows_in_the_next_shelf(service: Service) -> None:
    customer_id = service.with_three_tiers()
    before = service.shelf(customer_id, explain="true")
    card = next(card for card in cards(before) if card["tier"] == "transferable")
    now = iso(service.runtime.clock.now_us())
    bought = {"event_id": "b1", "customer_id": customer_id, "kind": "purchase", "occurred_at": now,
              "product_id": card["product_id"], "amount": 5000}  # fmt: skip
    assert service.post(bought)[0]["status"] == "accepted"
    after = service.shelf(customer_id, explain="true")
    assert before["explain"]["categories"][card["category"]]["T"] > 0
    assert after["explain"]["categories"][card["category"]]["T"] == 0  # held now
    assert after["versions"]["state"] > before["versions"]["state"]


def test_a_product_nobody_bought_is_not_called_popular(shared_service: Service) -> None:
    shown = [card for number in range(3) for card in public_cards(shared_service.shelf(f"s{number}", explain="true"))]
    shown += [
        card for one in shared_service.active(60) for card in public_cards(shared_service.shelf(one, explain="true"))
    ]
    assert shown
    assert all((card["reason"]["code"] == "popular") == (card["score"] > 0) for card in shown)


@pytest.mark.parametrize("customer_id", ["a b", "a\u0000b", "", "x" * 129, "货"])
def test_an_id_that_no_other_call_would_take_is_refused_in_a_list_too(
    shared_service: Service, customer_id: str
) -> None:
    body = {"customers": ["C1", customer_id]}
    answer = shared_service.client.post("/v1/shelves", json=body, headers=shared_service.as_service)
    assert answer.status_code == 422


def test_a_suspension_needs_no_body(service: Service) -> None:
    path = f"/v1/products/{next(iter(service.runtime.worlds.last().records))}/suspend"
    assert service.client.post(path, headers=service.as_service).json()["suspended"] is True


def test_a_suspended_product_is_gone_at_once_and_comes_back(service: Service) -> None:
    customer_id = service.active(1)[0]
    product_id = cards(service.shelf(customer_id))[0]["product_id"]
    path = f"/v1/products/{product_id}/suspend"
    assert service.client.post(path, json={}, headers=service.as_service).status_code == 200
    assert product_id not in {card["product_id"] for card in cards(service.shelf(customer_id))}
    service.client.post(path, json={"suspended": False}, headers=service.as_service)
    assert product_id in {card["product_id"] for card in cards(service.shelf(customer_id))}


def test_a_suspension_holds_for_every_reader_even_before_the_new_catalogue_is_built(service: Service) -> None:
    customer_id = service.active(1)[0]
    product_id = cards(service.shelf(customer_id))[0]["product_id"]
    service.runtime.store.suspend(product_id, suspended=True, now_us=service.runtime.clock.now_us())
    assert product_id not in {card["product_id"] for card in cards(service.shelf(customer_id))}
