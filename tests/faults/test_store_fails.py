"""A store that does not answer: a shelf that needs no customer, events that come again, nothing personal by guess."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest

from service.clock import iso
from service.group_commit import Busy
from tests.sample_bank import SampleBank, Service, cards, public_cards, serving


def _down(*args: Any, **kwargs: Any) -> Any:
    raise sqlite3.OperationalError("disk I/O error")


@pytest.fixture(scope="module")
def running(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of this module's own: what is broken in it is put right after every test."""
    with serving(sample_bank.copy(tmp_path_factory.mktemp("fails") / "bank").settings()) as service:
        yield service


@pytest.fixture
def unreadable(running: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    running.shelf("C1")  # the key is known before the store goes
    running.runtime.calls.rows.drop(running.active(10))  # and no copy of a row is at hand
    monkeypatch.setattr(running.runtime.store, "read", _down)
    return running


def _count(service: Service, name: str, **labels: str) -> float:
    return service.runtime.telemetry.registry.get_sample_value(name, labels) or 0.0


def test_a_row_that_cannot_be_read_gives_the_fallback_shelf(unreadable: Service) -> None:
    customer_id = unreadable.active(1)[0]
    before = _count(unreadable, "huojia_degraded_total", source="state")
    shelf = unreadable.shelf(customer_id)
    assert (shelf["mode"], shelf["degraded"]) == ("fallback", ["state"])
    assert cards(shelf) == []
    assert public_cards(shelf)
    assert (shelf["lifecycle"], shelf["experiments"], shelf["versions"]["state"]) == (None, [], None)
    assert _count(unreadable, "huojia_degraded_total", source="state") == before + 1


def test_a_fallback_shelf_has_only_products_that_pass_without_any_fact_of_the_customer(unreadable: Service) -> None:
    world = unreadable.runtime.worlds.last()
    rich = unreadable.active(3)
    shelves = [public_cards(unreadable.shelf(customer_id)) for customer_id in (*rich, "nobody-knows-me")]
    shown = [[card["product_id"] for card in shelf] for shelf in shelves]
    assert all(one == shown[0] for one in shown)
    for product_id in shown[0]:
        row = world.catalogue.product_ids.index(product_id)
        zone = world.catalogue.categories.zones[world.catalogue.zone[row]]
        # Without an assessment, an age and a credit gate no product with a risk grade and no loan may stand there.
        assert zone != "loan"
        assert int(world.catalogue.grade[row]) <= 1


def test_a_fallback_is_logged_and_replays(unreadable: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    decision_id = unreadable.shelf("nobody-knows-me")["decision_id"]
    monkeypatch.undo()
    path = f"/v1/decisions/{decision_id}/replay"
    verdict = unreadable.client.post(path, headers=unreadable.as_service).json()
    assert verdict["identical"] is True


def test_the_personal_shelf_is_back_with_the_store(unreadable: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    customer_id = unreadable.active(1)[0]
    assert unreadable.shelf(customer_id)["mode"] == "fallback"
    monkeypatch.undo()
    assert unreadable.shelf(customer_id)["mode"] == "personal"


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk full"), OSError("gone"), Busy("full")])
def test_events_that_cannot_be_stored_are_refused_whole_and_come_again(
    running: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*args: Any) -> Any:
        raise error

    event = {"event_id": f"again-{type(error).__name__}", "customer_id": "C1", "kind": "login",
             "occurred_at": iso(running.runtime.clock.now_us())}  # fmt: skip
    broken = running.runtime.committer if isinstance(error, Busy) else running.runtime.store
    with monkeypatch.context() as patched:
        patched.setattr(broken, "append", fail)
        answer = running.client.post("/v1/events", json={"events": [event]}, headers=running.as_service)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["code"] == ("busy" if isinstance(error, Busy) else "store_unavailable")
    assert running.post(event)[0]["status"] == "accepted"
    assert running.post(event)[0]["status"] == "duplicate"


@pytest.mark.parametrize(
    ("method", "path", "broken"),
    [
        ("GET", "/v1/me/personalisation", "read"),
        ("PUT", "/v1/me/personalisation", "change_consent"),
        ("PUT", "/v1/me/consents/tags", "change_consent"),
        ("GET", "/v1/decisions/none", "decision"),
        ("POST", "/v1/products/P00000/suspend", "suspend"),
    ],
)
def test_every_other_call_answers_503_while_the_store_is_down(
    running: Service, monkeypatch: pytest.MonkeyPatch, method: str, path: str, broken: str
) -> None:
    monkeypatch.setattr(running.runtime.store, broken, _down)
    headers = {**running.as_service, **running.as_customer("C1")}
    body = {"enabled": True} if path.endswith("personalisation") else {"granted": True} if "consents" in path else {}
    answer = running.client.request(method, path, headers=headers, json=body)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "disk I/O" not in answer.text


def test_the_service_is_alive_and_its_notice_stands_while_the_store_is_down(unreadable: Service) -> None:
    assert unreadable.client.get("/livez").status_code == 200
    assert unreadable.client.get("/v1/shelf/about").status_code == 200


def test_it_is_ready_and_says_what_is_degraded_while_the_store_is_down(
    running: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running.client.get("/readyz").json()["degraded"] == []
    monkeypatch.setattr(running.runtime.store, "versions", _down)
    answer = running.client.get("/readyz")
    assert (answer.status_code, answer.json()["degraded"]) == (200, ["state"])


def test_a_key_known_from_before_is_good_while_the_store_is_down(
    unreadable: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unreadable.runtime.store, "key", _down)
    later = time.monotonic() + 60
    monkeypatch.setattr("service.auth.time.monotonic", lambda: later)
    assert unreadable.client.get("/v1/customers/C1/shelf", headers=unreadable.as_service).status_code == 200
    day_after = later + 90_000
    monkeypatch.setattr("service.auth.time.monotonic", lambda: day_after)
    assert unreadable.client.get("/v1/customers/C1/shelf", headers=unreadable.as_service).status_code == 503


def test_a_new_key_cannot_be_looked_up_without_the_store(running: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.runtime.store, "key", _down)
    answer = running.client.get("/v1/customers/C1/shelf", headers={"X-API-Key": "hj_ffffffffffff.secret"})
    assert answer.status_code == 503


def test_a_fallback_shelf_is_of_the_clocks_time(unreadable: Service) -> None:
    as_of = dt.datetime.fromisoformat(unreadable.shelf("nobody")["as_of"])
    assert abs(as_of - dt.datetime.fromtimestamp(unreadable.runtime.clock.now_us() / 1e6, dt.UTC)).total_seconds() < 5
