"""A store that went silent: the copy of a row answers for a while, marked, and never more loosely than the row did."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from service.clock import from_us, iso
from tests.sample_bank import SampleBank, Service, cards, public_cards, serving

MINUTE_US = 60_000_000


def _down(*args: Any, **kwargs: Any) -> Any:
    raise sqlite3.OperationalError("disk I/O error")


@pytest.fixture(scope="module")
def running(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of this module's own; every test takes a customer of its own."""
    with serving(sample_bank.copy(tmp_path_factory.mktemp("stale") / "bank").settings()) as service:
        yield service


@pytest.fixture(scope="module")
def active(running: Service) -> Iterator[str]:
    """Active customers, each handed out once."""
    return iter(running.active(40))


@pytest.fixture
def customer(active: Iterator[str]) -> str:
    """An active customer that no other test uses."""
    return next(active)


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch, running: Service) -> Iterator[pytest.MonkeyPatch]:
    """Call `.setattr(store, …)` on it to let the store fail; the clock is put back afterwards."""
    before = from_us(running.runtime.clock.now_us())
    with monkeypatch.context() as patched:
        yield patched
    running.runtime.clock.set(before)
    running.shelf("C1")  # failures count in a row only


def _silence(patched: pytest.MonkeyPatch, service: Service, *calls: str) -> None:
    for name in calls or ("read", "change_consent", "append", "remove_tag"):
        patched.setattr(service.runtime.store, name, _down)


def _shown(shelf: dict[str, Any]) -> list[str]:
    return [card["product_id"] for card in (*cards(shelf), *public_cards(shelf))]


def _pass(service: Service, minutes: float) -> None:
    service.runtime.clock.set(from_us(service.runtime.clock.now_us() + round(minutes * MINUTE_US)))


def test_who_was_seen_before_has_the_same_personal_shelf_marked_stale(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    before = running.shelf(customer)
    _silence(silence, running)
    _pass(running, 2)
    shelf = running.shelf(customer)
    assert (shelf["mode"], shelf["degraded"]) == ("personal", ["state"])
    assert 115 <= shelf["stale_s"] <= 240
    assert shelf["versions"]["state"] == before["versions"]["state"]
    assert [card["product_id"] for card in cards(shelf)] == [card["product_id"] for card in cards(before)]


def test_a_copy_is_too_old_after_fifteen_minutes_of_the_services_clock(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    running.shelf(customer)
    _silence(silence, running)
    _pass(running, 14)
    assert running.shelf(customer)["mode"] == "personal"
    _pass(running, 2)
    assert running.shelf(customer)["mode"] == "fallback"


def test_a_copy_is_too_old_after_fifteen_minutes_whatever_the_services_clock_says(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    running.shelf(customer)
    _silence(silence, running)
    rows = running.runtime.calls.rows
    later = rows.monotonic() + 901
    silence.setattr(rows, "monotonic", lambda: later)
    assert running.shelf(customer)["mode"] == "fallback"


def test_an_assessment_that_has_expired_since_the_row_was_read_counts_no_more(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    now = from_us(running.runtime.clock.now_us())
    profile = {"joined_at": "2020-01-01T00:00:00Z", "birth_year": 1985, "risk_capacity": "C5",
               "risk_assessed_at": (now - dt.timedelta(days=365) + dt.timedelta(minutes=5)).isoformat()}  # fmt: skip
    answer = running.client.put(f"/v1/customers/{customer}", json=profile, headers=running.as_service)
    assert answer.status_code == 200, answer.text
    before = running.shelf(customer)
    _silence(silence, running)
    _pass(running, 6)
    shelf = running.shelf(customer)
    assert (shelf["mode"], shelf["degraded"]) == ("personal", ["state"])
    assert before["assessment"] is None
    assert shelf["assessment"] is not None
    silence.undo()
    by_the_row = running.shelf(customer)
    assert by_the_row["degraded"] == []
    assert _shown(shelf) == _shown(by_the_row) != _shown(before)


def test_a_suspension_that_only_a_read_has_told_of_stays(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    product_id = cards(running.shelf(customer))[0]["product_id"]
    silence.setattr(running.runtime.worlds, "_later", lambda *_: None)  # its snapshot is not built yet
    # As another worker does it: this process hears of it by reading some row.
    running.runtime.store.suspend(product_id, suspended=True, now_us=running.runtime.clock.now_us())
    running.shelf("somebody-else")
    _silence(silence, running)
    for one in (customer, "nobody-knows-me"):
        shelf = running.shelf(one)
        assert shelf["degraded"] == ["state"]
        assert product_id not in {card["product_id"] for card in (*cards(shelf), *public_cards(shelf))}
    silence.undo()
    running.client.post(f"/v1/products/{product_id}/suspend", json={"suspended": False}, headers=running.as_service)


def test_who_switched_off_a_moment_before_is_not_served_from_the_old_copy(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    running.shelf(customer)
    off = running.client.put("/v1/me/personalisation", json={"enabled": False}, headers=running.as_customer(customer))
    assert off.status_code == 200
    _silence(silence, running)
    assert running.shelf(customer)["mode"] in {"nonpersonal", "fallback"}


def test_an_acknowledged_dismissal_is_in_the_copy(running: Service, silence: pytest.MonkeyPatch, customer: str) -> None:
    product_id = cards(running.shelf(customer))[0]["product_id"]
    event = {"event_id": f"stale-{customer}", "customer_id": customer, "kind": "dismiss", "product_id": product_id,
             "occurred_at": iso(running.runtime.clock.now_us())}  # fmt: skip
    assert running.post(event)[0]["status"] == "accepted"
    _silence(silence, running)
    shelf = running.shelf(customer)
    assert (shelf["mode"], shelf["degraded"]) == ("personal", ["state"])
    assert product_id not in {card["product_id"] for card in cards(shelf)}


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("PUT /v1/me/personalisation", {"enabled": False}),
        ("PUT /v1/me/consents/behaviour", {"granted": False}),
        ("DELETE /v1/me/tags/some-tag", None),
    ],
)
def test_a_switch_that_cannot_be_stored_is_not_acknowledged_and_ends_the_personal_shelf(
    running: Service, silence: pytest.MonkeyPatch, customer: str, call: str, body: Any
) -> None:
    running.shelf(customer)
    _silence(silence, running, "read", "change_consent", "remove_tag", "connect")
    answer = running.client.request(*call.split(), json=body, headers=running.as_customer(customer))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert running.shelf(customer)["mode"] == "fallback"
    silence.undo()
    assert running.shelf(customer)["mode"] == "personal"


def test_events_that_cannot_be_stored_leave_the_copy(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    running.shelf(customer)
    _silence(silence, running)
    event = {"event_id": f"lost-{customer}", "customer_id": customer, "kind": "login",
             "occurred_at": iso(running.runtime.clock.now_us())}  # fmt: skip
    answer = running.client.post("/v1/events", json={"events": [event]}, headers=running.as_service)
    assert answer.status_code == 503
    assert running.shelf(customer)["mode"] == "personal"


def test_a_decision_from_a_copy_is_logged_with_its_row_and_replays(
    running: Service, silence: pytest.MonkeyPatch, customer: str
) -> None:
    running.shelf(customer)
    _silence(silence, running)
    shelf = running.shelf(customer)
    assert shelf["mode"] == "personal"
    silence.undo()
    verdict = running.client.post(f"/v1/decisions/{shelf['decision_id']}/replay", headers=running.as_service).json()
    assert (verdict["identical"], verdict["differences"]) == (True, [])
    logged = running.client.get(f"/v1/decisions/{shelf['decision_id']}", headers=running.as_service).json()
    assert (logged["degraded"], logged["fallback"]) == (["state"], False)
    assert logged["state_version"] == shelf["versions"]["state"]


def test_what_answered_from_a_copy_is_counted(running: Service, silence: pytest.MonkeyPatch, customer: str) -> None:
    running.shelf(customer)
    _silence(silence, running)
    running.shelf(customer)
    running.shelf("never-seen")
    text = running.client.get("/metrics").text
    assert 'huojia_row_copies_total{outcome="answered"}' in text
    assert 'huojia_row_copies_total{outcome="none"}' in text
    assert "huojia_row_cache_rows" in text
    assert 'huojia_breaker_state{dependency="store_read"}' in text
