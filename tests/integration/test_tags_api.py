"""A customer sees their tags, deletes them, and latent ones act only where they were agreed to."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from service.clock import iso
from service.pipeline.facts import build_facts
from service.pipeline.gather import gather_now
from shelf_rules.facts import Facts, Query
from shelf_rules.texts import ABOUT, LANGUAGES
from tests.sample_bank import Service


@pytest.fixture
def customer_id(service: Service) -> str:
    """A customer with one tag of the bank's and one latent trait."""
    chosen = service.active(1)[0]
    assign(service, chosen, "tag/ü 偏好", "latent.price_aware")
    return chosen


def assign(service: Service, customer_id: str, *tags: str) -> int:
    at = iso(service.runtime.clock.now_us())
    body = {"tags": [{"tag": tag, "assigned_at": at, "source": "bank"} for tag in tags]}
    answer = service.client.put(f"/v1/customers/{customer_id}/tags", json=body, headers=service.as_service)
    assert answer.status_code == 200, answer.text
    assigned: int = answer.json()["assigned"]
    return assigned


def listed(service: Service, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = service.client.get(
        "/v1/me/tags", headers=service.as_customer(customer_id)
    ).json()
    return found


def facts(service: Service, customer_id: str) -> Facts:
    gathered = gather_now(service.runtime, customer_id, Query())
    return build_facts(gathered.asked, gathered.row, gathered.world)


def acting(service: Service, customer_id: str) -> set[str]:
    found = facts(service, customer_id)
    assert found.past is not None
    assert found.tags is not None
    return {found.tags.codes[number] for number in found.past.tags["tag"].tolist()}


def consent(service: Service, customer_id: str, scope: str, *, granted: bool) -> None:
    headers = service.as_customer(customer_id)
    answer = service.client.put(f"/v1/me/consents/{scope}", json={"granted": granted}, headers=headers)
    assert answer.status_code == 200


def test_a_customer_sees_every_tag_that_stands(service: Service, customer_id: str) -> None:
    shown = {one["tag"]: one for one in listed(service, customer_id)["tags"]}
    assert {"tag/ü 偏好", "latent.price_aware"} <= shown.keys()
    assert shown["tag/ü 偏好"]["source"] == "bank"
    assert shown["latent.price_aware"]["kind"] == "latent"
    consent(service, customer_id, "latent_tags", granted=True)
    assert acting(service, customer_id) == shown.keys()


def test_a_deleted_tag_is_gone_from_the_next_shelf_and_stays_so(service: Service, customer_id: str) -> None:
    headers = service.as_customer(customer_id)
    path = f"/v1/me/tags/{quote('tag/ü 偏好', safe='')}"
    assert "tag/ü 偏好" in acting(service, customer_id)
    answer = service.client.delete(path, headers=headers)
    assert answer.status_code == 200
    assert "tag/ü 偏好" not in acting(service, customer_id)
    assert assign(service, customer_id, "tag/ü 偏好") == 0
    after = listed(service, customer_id)
    assert "tag/ü 偏好" not in {one["tag"] for one in after["tags"]}
    assert after["deleted"] == [answer.json()]
    assert service.client.delete(path, headers=headers).status_code == 404


def test_what_is_not_assigned_cannot_be_deleted_and_nobody_is_made_up(service: Service) -> None:
    for tag, status in (("nothing", 404), ("%00", 422), ("x" * 257, 422)):
        answer = service.client.delete(f"/v1/me/tags/{tag}", headers=service.as_customer("stranger"))
        assert answer.status_code == status
    _, row = service.runtime.store.read("stranger", personal=False)
    assert row is None
    told = listed(service, "stranger")
    assert (told["tags"], told["deleted"]) == ([], [])


def test_latent_tags_act_only_with_a_consent_of_their_own(service: Service, customer_id: str) -> None:
    consent(service, customer_id, "latent_tags", granted=False)
    assert acting(service, customer_id).isdisjoint({"latent.price_aware", "latent.early_adopter"})
    assert "tag/ü 偏好" in acting(service, customer_id)
    consent(service, customer_id, "latent_tags", granted=True)
    assert "latent.price_aware" in acting(service, customer_id)
    consent(service, customer_id, "tags", granted=False)
    assert acting(service, customer_id) == set()


def test_the_notice_holds_what_cards_link_to_in_both_languages(shared_service: Service) -> None:
    notice = shared_service.client.get("/v1/shelf/about").json()
    for name in ("text", *ABOUT):
        assert all(notice[name][language] for language in LANGUAGES)
    assert {"purpose", "principle", "parameters", "complaint", "tasks", "assessment"} == set(ABOUT)
    shelf = shared_service.shelf(shared_service.active(1)[0])
    links = {shelf["algorithm_notice"]["complaint_url"], "/v1/shelf/about#tasks", "/v1/shelf/about#assessment"}
    assert {link.partition("#")[2] for link in links} <= notice.keys()
