"""The service's clock: moved in development mode, never in production."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import SettingsError
from service.settings import DEVELOPMENT_KEY, load_settings
from tests.sample_bank import SampleBank, Service, cards, serving

KEYS = {name: f"{name}-{'k' * 40}" for name in ("jwt_key", "secret_key", "unit_key")}
PRODUCTION = {**KEYS, "jwt_issuer": "https://login.bank.example", "database_url": "postgresql://db/huojia"}


def _move(service: Service, now: Any) -> Any:
    return service.client.put("/v1/dev/clock", json={"now": now})


def test_the_clock_starts_where_the_setting_says(shared_service: Service) -> None:
    assert shared_service.shelf("C1")["as_of"].startswith("2026-11-01T04:")


def test_the_clock_moves_and_goes_on_from_there(service: Service) -> None:
    answer = _move(service, "2027-03-01T00:00:00Z")
    assert answer.status_code == 200
    assert answer.json()["now"].startswith("2027-03-01T00:00:00")
    assert service.shelf("C1")["as_of"].startswith("2027-03-01T00:0")


def test_a_year_later_the_past_has_faded_and_the_assessment_has_expired(service: Service) -> None:
    customer_id = next(one for one in service.active(50) if not service.shelf(one)["assessment"])
    _move(service, "2028-11-01T04:00:00Z")
    shelf = service.shelf(customer_id)
    assert shelf["assessment"]
    assert {card["risk"]["grade"] for card in cards(shelf) if card["risk"]} == set()


def test_an_event_of_tomorrow_is_accepted_after_the_clock_has_moved(service: Service) -> None:
    event = {"event_id": "t", "customer_id": "C1", "kind": "login", "occurred_at": "2026-11-02T00:00:00Z"}
    assert service.post(event)[0]["code"] == "time_out_of_range"
    _move(service, "2026-11-02T00:00:00Z")
    assert service.post(event)[0]["status"] == "accepted"


@pytest.mark.parametrize("now", ["noon", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "", 5, None])
def test_a_time_that_is_none_is_refused_naming_the_field(shared_service: Service, now: Any) -> None:
    answer = _move(shared_service, now)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == "now"


def test_in_production_the_clock_does_not_move_and_nothing_is_told_of_the_inside(
    bank: SampleBank, postgres_url: str
) -> None:
    with serving(bank.settings(mode="production", now="", **{**PRODUCTION, "database_url": postgres_url})) as service:
        assert _move(service, "2027-03-01T00:00:00Z").status_code == 404
        assert service.client.get("/metrics").status_code == 404
        assert service.client.get("/docs").status_code == 404
        assert service.client.get("/livez").status_code == 200


def test_production_refuses_a_set_clock_and_every_development_key() -> None:
    for change in ({"now": "2026-11-01T00:00:00Z"}, *({name: DEVELOPMENT_KEY} for name in KEYS)):
        with pytest.raises(SettingsError, match=f"HUOJIA_{next(iter(change)).upper()}"):
            load_settings({}, {"mode": "production", **PRODUCTION, **change})
