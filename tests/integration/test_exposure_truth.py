"""An exposure is a card that the app says was visible, of the arm's own shelf; nothing else is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from service.clock import iso
from service.experiments.spec import Override
from service.store_calls import StoreSilent
from service.stores import tables
from service.stores._upsert import table
from tests.experimenting import DAY_US, make_layer, make_spec, put_experiment, put_layer, put_override
from tests.sample_bank import SampleBank, Service, cards, public_cards, serving

_EXPOSURES = table(tables.Exposures)


@pytest.fixture(scope="module")
def service(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A bank with an experiment that nobody has seen."""
    bank = sample_bank.copy(tmp_path_factory.mktemp("exposures") / "bank")
    with serving(bank.settings()) as service:
        put_layer(service.runtime, make_layer())
        put_experiment(service.runtime, make_spec())
        yield service


def _exposures(service: Service) -> int:
    """Distinct customers who were exposed."""
    with service.runtime.store.connect() as connection:
        return connection.scalar(select(func.count(_EXPOSURES.c.customer_id.distinct()))) or 0


def _beacon(service: Service, customer: str, card: dict[str, Any], name: str) -> dict[str, Any]:
    own = {"event_id": name, "customer_id": customer, "kind": "impression", "tracking": card["tracking"]}
    return {**own, "occurred_at": iso(service.runtime.clock.now_us())}


def _seen(service: Service, customer: str, shelf: dict[str, Any], name: str) -> None:
    """Every card of a shelf is seen, and the service takes each beacon."""
    shown = [*cards(shelf), *public_cards(shelf)]
    beacons = [_beacon(service, customer, card, f"{name}-{at}") for at, card in enumerate(shown)]
    assert beacons
    assert {one["status"] for one in service.post(*beacons)} == {"accepted"}


def test_of_a_thousand_shelves_four_hundred_seen_three_times_each_are_four_hundred_exposures(service: Service) -> None:
    customers = service.active(1_000)
    shelves: dict[str, dict[str, Any]] = {}
    for start in range(0, 1_000, 100):
        asked = {"customers": customers[start : start + 100]}
        answer = service.client.post("/v1/shelves", json=asked, headers=service.as_service).json()
        shelves |= dict(zip(asked["customers"], answer["shelves"], strict=True))
    assert all(shelf["mode"] == "personal" and shelf["experiments"] for shelf in shelves.values())
    visible = [one for one in customers if cards(shelves[one])][:400]
    beacons = [_beacon(service, one, cards(shelves[one])[0], f"seen-{one}") for one in visible]
    for _ in range(3):
        for start in range(0, 400, 200):
            sent = beacons[start : start + 200]
            assert {result["status"] for result in service.post(*sent)} <= {"accepted", "duplicate"}
    assert len(visible) == 400
    assert _exposures(service) == 400


def test_shelves_without_the_store_expose_nobody(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _exposures(service)
    unknown, known = service.active(1_200)[-2:]
    service.shelf(known)  # a copy of the row is kept

    async def silent(*_: object, **__: object) -> object:
        raise StoreSilent("the store does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(service.runtime.calls, "read", silent, raising=False)
        shelves = {unknown: service.shelf(unknown), known: service.shelf(known)}
    assert (shelves[unknown]["mode"], shelves[unknown]["experiments"]) == ("fallback", [])
    assert (shelves[known]["mode"], shelves[known]["degraded"]) == ("personal", ["state"])
    assert shelves[known]["experiments"]
    for customer, shelf in shelves.items():
        _seen(service, customer, shelf, f"silent-{customer}")
    assert _exposures(service) == before


def test_an_override_exposes_nobody(service: Service) -> None:
    before, customer = _exposures(service), service.active(1_300)[-1]
    until_us = service.runtime.clock.now_us() + DAY_US
    put_override(service.runtime, Override("no_tasks", customer, "variant", "tester", "a look", until_us))
    shelf = service.shelf(customer)
    assert shelf["experiments"] == [{"key": "no_tasks", "arm": "variant"}]
    _seen(service, customer, shelf, "overridden")
    assert _exposures(service) == before


def test_a_preview_and_a_question_expose_nobody(service: Service) -> None:
    before, customer = _exposures(service), service.active(1_310)[-1]
    body = {"policy": {"tasks": {"offered": False}}, "customers": [customer]}
    service.client.post("/v1/policies/preview", json=body, headers=service.as_service)
    service.client.get("/v1/assignments", params={"customer_id": customer}, headers=service.as_service)
    assert _exposures(service) == before


def test_a_beacon_with_somebody_elses_token_is_refused(service: Service) -> None:
    before, (one, other) = _exposures(service), service.active(1_320)[-2:]
    shelf = service.shelf(one)
    (result,) = service.post(_beacon(service, other, cards(shelf)[0], "swapped"))
    assert (result["status"], result["code"]) == ("rejected", "bad_tracking")
    assert _exposures(service) == before


def test_an_earlier_beacon_that_arrives_late_dates_the_exposure(service: Service) -> None:
    customer = service.active(1_330)[-1]
    card = cards(service.shelf(customer))[0]
    late, early = _beacon(service, customer, card, "late"), _beacon(service, customer, card, "early")
    early["occurred_at"] = iso(service.runtime.clock.now_us() - 60_000_000)
    for event in (late, early):
        service.post(event)
    with service.runtime.store.connect() as connection:
        (row,) = connection.execute(select(_EXPOSURES).where(_EXPOSURES.c.customer_id == customer))
    assert row.event_id == "early"
