"""What an experiment does to the shelves that are served, to the log, and to what counts as an exposure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from service.clock import iso
from service.exchange.schema import DECISIONS
from service.exchange.served import served_slots
from service.experiments.spec import LayerHoldout, Override
from service.stores import tables
from service.stores._upsert import table
from tests.experimenting import DAY_US, make_layer, make_spec, put_experiment, put_holdout, put_layer, put_override
from tests.sample_bank import SampleBank, Service, cards, serving

_EXPOSURES, _DIFFERENCES = table(tables.Exposures), table(tables.ArmDifferences)


@pytest.fixture(scope="module")
def service(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A bank with one experiment in which half of the customers are offered no tasks."""
    bank = sample_bank.copy(tmp_path_factory.mktemp("experiments") / "bank")
    with serving(bank.settings()) as service:
        put_layer(service.runtime, make_layer())
        put_experiment(service.runtime, make_spec())
        yield service


def _arm(shelf: dict[str, Any]) -> str:
    return str(shelf["experiments"][0]["arm"]) if shelf["experiments"] else ""


def _see(service: Service, customer: str, card: dict[str, Any], name: str, times: int = 1) -> None:
    occurred_at = iso(service.runtime.clock.now_us())
    event = {"event_id": name, "customer_id": customer, "kind": "impression", "occurred_at": occurred_at}
    for _ in range(times):
        (result,) = service.post(event | {"tracking": card["tracking"]})
        assert result["status"] in {"accepted", "duplicate"}, result


def _exposed(service: Service) -> list[Any]:
    with service.runtime.store.connect() as connection:
        return list(connection.execute(select(_EXPOSURES)))


def test_each_arm_shows_its_own_shelf_and_every_personal_shelf_is_in_one(service: Service) -> None:
    arms: Counter[str] = Counter()
    for customer in service.active(60):
        shelf = service.shelf(customer)
        arms[_arm(shelf)] += 1
        tasks = [card for card in cards(shelf) if card["task"]]
        assert not (tasks and _arm(shelf) == "variant")
    assert arms["control"] >= 10 <= arms["variant"]
    assert arms[""] == 0


def test_the_log_names_arms_and_a_replay_gives_the_shelf_of_the_arm_again(service: Service) -> None:
    for customer in service.active(8):
        shelf = service.shelf(customer)
        service.runtime.decisions.flush()
        record = service.runtime.store.decision(shelf["decision_id"])
        assert record is not None
        document = orjson.loads(record.document)
        assert [one["arm"] for one in document["assignments"]] == [_arm(shelf)]
        assert document["served"] == "normal"
        assert service.runtime.replayer.replay(shelf["decision_id"]).identical


def test_a_card_seen_three_times_is_one_exposure_and_one_that_nobody_saw_is_none(service: Service) -> None:
    before = {row.customer_id for row in _exposed(service)}
    customers = [one for one in service.active(40) if one not in before]
    for number, customer in enumerate(customers):
        shelf = service.shelf(customer)
        if number % 2:
            _see(service, customer, cards(shelf)[0], f"seen-{number}", times=3)
    seen = {row.customer_id: row.arm for row in _exposed(service) if row.customer_id not in before}
    assert sorted(seen) == sorted(customers[1::2])
    assert all(_arm(service.shelf(customer)) == arm for customer, arm in seen.items())


def test_what_the_other_arm_would_have_shown_is_known_afterwards(service: Service) -> None:
    customers = service.active(20)
    shelves = [service.shelf(customer) for customer in customers]
    service.runtime.other_arms.settle()
    with service.runtime.store.connect() as connection:
        known = {row.decision_id: bool(row.differs) for row in connection.execute(select(_DIFFERENCES))}
    put_experiment(service.runtime, make_spec(), state="paused")  # everybody has the control's shelf
    has_tasks = [any(card["task"] for card in cards(service.shelf(customer))) for customer in customers]
    put_experiment(service.runtime, make_spec())
    assert [known[shelf["decision_id"]] for shelf in shelves] == has_tasks
    assert True in has_tasks


def test_an_overridden_customer_sees_the_arm_until_it_expires_and_is_never_exposed(service: Service) -> None:
    now_us = service.runtime.clock.now_us()
    customer = next(one for one in service.active(60) if _arm(service.shelf(one)) == "control")
    with service.runtime.store.connect() as connection:
        seen = list(connection.execute(select(_EXPOSURES).where(_EXPOSURES.c.customer_id == customer)))
    put_override(service.runtime, Override("no_tasks", customer, "variant", "tester", "a look", now_us + DAY_US))
    shelf = service.shelf(customer)
    assert _arm(shelf) == "variant"
    _see(service, customer, cards(shelf)[0], "overridden")
    with service.runtime.store.connect() as connection:
        again = list(connection.execute(select(_EXPOSURES).where(_EXPOSURES.c.customer_id == customer)))
    assert again == seen
    put_override(service.runtime, Override("no_tasks", customer, "variant", "tester", "over", now_us - 1))
    assert _arm(service.shelf(customer)) == "control"


def test_assignments_are_told_with_their_reasons_and_as_they_are_served(service: Service) -> None:
    for customer in service.active(10):
        answer = service.client.get(f"/v1/assignments?customer_id={customer}", headers=service.as_service)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert [one["arm"] for one in told["assignments"]] == [_arm(service.shelf(customer))]
        assert [one["experiment"] for one in told["steps"]] == ["no_tasks"]


def test_who_is_held_out_of_the_layer_has_the_base_shelf_and_no_arm(service: Service) -> None:
    put_holdout(service.runtime, LayerHoldout("quarter", "offers", 0.3, salt="held"))
    arms: Counter[str] = Counter()
    for customer in service.active(60):
        told = service.client.get(f"/v1/assignments?customer_id={customer}", headers=service.as_service).json()
        place, shelf = told["layer_holdouts"].get("quarter", "neither"), service.shelf(customer)
        arms[place] += 1
        assert bool(shelf["experiments"]) is (place != "held_out")
    assert min(arms["held_out"], arms["compared"], arms["neither"]) >= 5
    put_holdout(service.runtime, LayerHoldout("quarter", "offers", 0.3, salt="held", ended=True))


def test_pausing_puts_everybody_back_on_the_policy_with_the_next_shelf(service: Service) -> None:
    customer = next(one for one in service.active(60) if _arm(service.shelf(one)) == "variant")
    put_experiment(service.runtime, make_spec(), state="paused")
    shelf = service.shelf(customer)
    assert shelf["experiments"] == []
    put_experiment(service.runtime, make_spec())
    assert _arm(service.shelf(customer)) == "variant"


def test_an_export_names_the_arms_of_each_decision_and_whether_the_other_arm_differs(service: Service) -> None:
    shelves = {shelf["decision_id"]: shelf for shelf in map(service.shelf, service.active(5))}
    service.runtime.other_arms.settle()
    service.runtime.decisions.flush()
    names = [column.name for column in DECISIONS.columns]
    with service.runtime.store.connect() as connection:
        rows = [dict(zip(names, row, strict=True)) for page in served_slots(connection, 1_000) for row in page]
    told = {row["decision_id"]: (orjson.loads(str(row["arms"])), row["differs_from_control"]) for row in rows}
    for decision_id, shelf in shelves.items():
        arms, differs = told[decision_id]
        assert arms == [f"no_tasks:1:{_arm(shelf)}"]
        assert differs in {True, False}
        assert differs or not any(card["task"] for card in cards(shelf))


def test_who_switches_personalisation_off_is_in_no_experiment_and_seen_nowhere(service: Service) -> None:
    customer = service.active(70)[-1]
    assert service.shelf(customer)["experiments"]
    answer = service.client.put(
        "/v1/me/personalisation", json={"enabled": False}, headers=service.as_customer(customer)
    )
    assert answer.status_code == 200, answer.text
    shelf = service.shelf(customer)
    assert (shelf["mode"], shelf["experiments"]) == ("nonpersonal", [])
    told = service.client.get(f"/v1/assignments?customer_id={customer}", headers=service.as_service).json()
    assert (told["assignments"], told["steps"][0]["why"]) == ([], "personalisation is off")
