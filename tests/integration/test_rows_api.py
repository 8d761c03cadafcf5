"""The exchange format row by row: products, profiles, holdings, tags, consents, cash flows."""

from __future__ import annotations

from typing import Any

import pytest

from service.clock import iso
from tests.sample_bank import Service, cards, public_cards

DAY_US = 86_400_000_000


def _put(service: Service, path: str, body: Any) -> Any:
    return service.client.put(path, json=body, headers=service.as_service)


def _post(service: Service, path: str, body: Any) -> Any:
    return service.client.post(path, json=body, headers=service.as_service)


def _product(service: Service, product_id: str) -> dict[str, Any]:
    found: dict[str, Any] = service.client.get(f"/v1/products/{product_id}", headers=service.as_service).json()
    return {name: value for name, value in found.items() if name != "risk_effective"}


def _ago(service: Service, days: int) -> str:
    return iso(service.runtime.clock.now_us() - days * DAY_US)


def _no_row_is_stale(service: Service) -> bool:
    store = service.runtime.store
    return store.stale(store.everybody(limit=10_000)) == []


def test_a_product_put_as_it_was_got_changes_nothing(service: Service) -> None:
    before = service.runtime.store.versions()
    product = _product(service, "P00000")
    answer = _put(service, "/v1/products/P00000", product)
    assert answer.status_code == 200
    assert _product(service, "P00000") == product
    assert service.runtime.store.versions() == before


def test_a_new_product_is_in_the_catalogue_when_the_call_returns(service: Service) -> None:
    body = {
        **_product(service, "P00000"),
        "product_id": "NEW-1",
        "name": "新品",
        "min_amount": 100.5,
        "quota_left": 9.99,
    }
    answer = _put(service, "/v1/products/NEW-1", body)
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["min_amount"], answer.json()["quota_left"]) == ("新品", 100.5, 9.99)
    event = {"event_id": "n", "customer_id": "C1", "kind": "detail", "product_id": "NEW-1",
             "occurred_at": _ago(service, 1)}  # fmt: skip
    assert service.post(event)[0]["status"] == "accepted"


def test_a_changed_product_changes_its_cards_at_once(service: Service) -> None:
    card = public_cards(service.shelf("stranger"))[0]
    body = {**_product(service, card["product_id"]), "sale_name": "另一名称"}
    assert _put(service, f"/v1/products/{card['product_id']}", body).status_code == 200
    titles = {one["product_id"]: one["title"] for one in public_cards(service.shelf("stranger"))}
    assert titles[card["product_id"]] == "另一名称"


def test_a_product_stays_in_its_category(service: Service) -> None:
    body = {**_product(service, "P00000"), "category": "another.category"}
    answer = _put(service, "/v1/products/P00000", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "category_changed")


def test_an_address_that_cannot_be_read_keeps_its_product_off_the_shelf_and_nothing_else(service: Service) -> None:
    card = public_cards(service.shelf("stranger"))[0]
    body = {**_product(service, card["product_id"]), "action_url": "http://[broken"}
    assert _put(service, f"/v1/products/{card['product_id']}", body).status_code == 200
    shown = {one["product_id"] for one in public_cards(service.shelf("stranger"))}
    assert card["product_id"] not in shown
    assert shown


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"risk_issuer": "R9"}, "risk_issuer", "bad_enum"),
        ({"min_amount": "100"}, "min_amount", "bad_type"),
        ({"min_amount": 0.001}, "min_amount", "too_many_decimals"),
        ({"min_amount": True}, "min_amount", "bad_type"),
        ({"term_days": -1}, "term_days", "out_of_range"),
        ({"term_days": 2**70}, "term_days", "bad_type"),
        ({"name": {"zh": "x"}}, "name", "bad_type"),
        ({"name": "a\0b"}, "name", "bad_text"),
        ({"name": ""}, "name", "bad_type"),
        ({"scenes": ["war"]}, "scenes", "bad_enum"),
        ({"regions": "CN-11"}, "regions", "bad_type"),
        ({"regions": [None]}, "regions", "bad_type"),
        (
            {"sale_from": "2026-02-01T00:00:00Z", "sale_until": "2026-01-01T00:00:00Z"},
            "sale_until",
            "until_before_from",
        ),
        ({"category": None}, "category", "missing_field"),
        ({"product_id": "P00001"}, "product_id", "bad_enum"),
        ({"colour": "red"}, "colour", "unknown_field"),
    ],
)
def test_a_faulty_product_is_refused_naming_field_and_rule(
    shared_service: Service, fields: dict[str, Any], field: str, code: str
) -> None:
    body = {"category": _product(shared_service, "P00000")["category"], **fields}
    answer = _put(shared_service, "/v1/products/P00000", body)
    assert answer.status_code == 422
    assert [(error["loc"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_a_rows_strange_field_is_told_with_those_there_are(shared_service: Service) -> None:
    answer = _put(shared_service, "/v1/products/P00000", {"category": "fund.bond", "colour": "red"})
    assert answer.json()["detail"].startswith("colour: no such field; there are product_id, category, ")


def test_many_products_are_judged_one_by_one(service: Service) -> None:
    good = {"product_id": "B1", "category": "fund.bond", "risk_issuer": "R2"}
    answer = _post(service, "/v1/products", {"products": [good, {"product_id": "B2"}, {}, {**good, "exit": "soon"}]})
    assert answer.status_code == 200
    assert [(one["status"], one["code"]) for one in answer.json()["results"]] == [
        ("stored", None), ("rejected", "missing_field"), ("rejected", "missing_field"), ("rejected", "bad_enum"),
    ]  # fmt: skip
    assert _product(service, "B1")["risk_issuer"] == "R2"


def test_a_profile_counts_on_the_next_shelf(service: Service) -> None:
    customer_id = next(one for one in service.active(50) if not service.shelf(one)["assessment"])
    profile = {"birth_year": 1980, "risk_capacity": "C1", "risk_assessed_at": "2019-01-01T00:00:00Z", "attr_note": 1}
    answer = _put(service, f"/v1/customers/{customer_id}", profile)
    assert answer.status_code == 200
    shelf = service.shelf(customer_id)
    assert shelf["assessment"]
    assert shelf["versions"]["state"] == answer.json()["state"]
    assert _no_row_is_stale(service)


def test_a_faulty_profile_changes_nothing(service: Service) -> None:
    customer_id = service.active(1)[0]
    before = service.runtime.store.read(customer_id, personal=True)
    for body in ({"risk_capacity": "C9"}, {"birth_year": "1980"}, {"attr_x": [1]}, {"customer_id": "other"}, [], 1):
        assert _put(service, f"/v1/customers/{customer_id}", body).status_code == 422
    assert service.runtime.store.read(customer_id, personal=True) == before


def test_a_statement_ends_what_it_no_longer_names_and_an_older_one_says_nothing(service: Service) -> None:
    customer_id = service.active(1)[0]
    path, product_id = f"/v1/customers/{customer_id}/holdings", cards(service.shelf(customer_id))[0]["product_id"]
    held = {"product_id": product_id, "opened_at": _ago(service, 40), "amount": 1000.25}
    answer = _put(service, path, {"as_of": _ago(service, 0), "holdings": [held, held]})
    assert (answer.status_code, answer.json()["new"], answer.json()["holdings"]) == (200, True, 1)
    spells = service.runtime.store.history(customer_id).holdings
    assert [spell["amount"] for spell in spells if spell["closed_us"] is None] == [100_025]
    older = _put(service, path, {"as_of": _ago(service, 30), "holdings": []})
    assert (older.status_code, older.json()["new"]) == (200, False)
    assert _no_row_is_stale(service)


def test_a_statement_with_one_faulty_row_is_refused_whole_naming_the_row(service: Service) -> None:
    customer_id = service.active(1)[0]
    before = service.runtime.store.history(customer_id).holdings
    path, good = f"/v1/customers/{customer_id}/holdings", {"product_id": "P00000", "opened_at": _ago(service, 9)}
    ended = {**good, "closed_at": _ago(service, 10)}
    answer = _put(service, path, {"as_of": _ago(service, 0), "holdings": [good, ended]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == "holdings[1].closed_at"
    unknown = _put(service, path, {"as_of": _ago(service, 0), "holdings": [{**good, "product_id": "NONE"}]})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "unknown_product")
    twice = _put(service, path, {"as_of": _ago(service, 0), "holdings": [good, {**good, "amount": 1}]})
    assert (twice.status_code, twice.json()["code"]) == (422, "duplicate_key")
    ahead = _put(service, path, {"as_of": _ago(service, -1), "holdings": []})
    assert (ahead.status_code, ahead.json()["code"]) == (409, "time_out_of_range")
    assert service.runtime.store.history(customer_id).holdings == before


def test_assigned_tags_are_folded_and_a_faulty_one_refuses_all(service: Service) -> None:
    customer_id, path = service.active(1)[0], f"/v1/customers/{service.active(1)[0]}/tags"
    tag = {"tag": "brought-in", "assigned_at": _ago(service, 3), "affinity": 0.5}
    answer = _put(service, path, {"tags": [tag]})
    assert (answer.status_code, answer.json()["assigned"]) == (200, 1)
    assert len([one for one in service.runtime.store.history(customer_id).tags if one["affinity"] == 0.5]) >= 1
    faulty = _put(service, path, {"tags": [tag, {**tag, "affinity": 2}, {**tag, "removed_by": "customer"}]})
    assert faulty.json()["errors"][0] | {"detail": ""} == {
        "loc": "tags[1].affinity",
        "code": "out_of_range",
        "detail": "",
    }
    assert _put(service, path, {"tags": [{**tag, "removed_by": "customer"}]}).status_code == 422
    assert _no_row_is_stale(service)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"assigned_at": "2026-05-02T08:00:00Z", "removed_at": "2026-05-01T08:00:00Z"}, "removed_at",
         "removed_before_assigned"),
        ({"removed_by": "bank"}, "removed_at", "missing_field"),
        ({"tag": " t"}, "tag", "bad_name"),
        ({"tag": "a\u200bb"}, "tag", "bad_name"),
        ({"tag": "t" * 257}, "tag", "too_long"),
    ],
)  # fmt: skip
def test_a_faulty_assignment_is_refused_naming_row_field_and_rule(
    shared_service: Service, fields: dict[str, Any], field: str, code: str
) -> None:
    good = {"tag": "t", "assigned_at": "2026-05-01T08:00:00Z"}
    customer_id = shared_service.active(1)[0]
    before = shared_service.runtime.store.history(customer_id).tags
    answer = _put(shared_service, f"/v1/customers/{customer_id}/tags", {"tags": [good, {**good, **fields}]})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["loc"], error["code"]) == (f"tags[1].{field}", code)
    assert answer.json()["detail"] == f"tags[1].{field}: {error['detail']}"
    assert shared_service.runtime.store.history(customer_id).tags == before


def test_a_consent_answered_at_the_branch_counts_at_once(service: Service) -> None:
    customer_id = service.active(1)[0]
    path = f"/v1/customers/{customer_id}/consents/personalisation"
    refused = _put(service, path, {"granted": False, "changed_at": _ago(service, 0), "text_version": "v2"})
    assert (refused.status_code, refused.json()["granted"]) == (200, False)
    assert service.shelf(customer_id)["mode"] == "nonpersonal"
    assert _put(service, path, {"granted": "yes", "changed_at": _ago(service, 0)}).status_code == 422
    assert _put(service, path, {"granted": True}).json()["errors"][0]["loc"] == "changed_at"
    assert _put(service, path, {"granted": True, "changed_at": _ago(service, -1)}).status_code == 409
    assert _put(service, f"/v1/customers/{customer_id}/consents/all", {"granted": True}).status_code == 404


def test_cash_flows_are_judged_one_by_one_and_stored_once(service: Service) -> None:
    customer_id = service.active(1)[0]
    flow = {"customer_id": customer_id, "occurred_at": _ago(service, 2), "amount": -1234.56,
            "counterparty_class": "broker", "flow_id": "f-1"}  # fmt: skip
    body = {"cash_flows": [flow, {**flow, "amount": None}, {**flow, "counterparty_class": "moon"}]}
    for _ in range(2):
        results = _post(service, "/v1/cash-flows", body).json()["results"]
        assert [(one["status"], one["code"]) for one in results] == [
            ("stored", None), ("rejected", "missing_field"), ("rejected", "bad_enum"),
        ]  # fmt: skip
    stored = [one for one in service.runtime.store.history(customer_id).flows if one["flow_id"] == "f-1"]
    assert [one["amount"] for one in stored] == [-123_456]
    assert _no_row_is_stale(service)
