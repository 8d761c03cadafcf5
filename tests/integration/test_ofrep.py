"""The stock OpenFeature provider hears what the service does: on both stores, after a restart, by the protocol."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, InvalidContextError, TargetingKeyMissingError
from starlette.testclient import TestClient

from service.app import create_app
from service.child_server import free_port
from service.experiments.spec import Arm, LayerHoldout, Override
from service.settings import Settings
from tests.experimenting import DAY_US, make_layer, make_spec, put_experiment, put_holdout, put_layer, put_override
from tests.sample_bank import SampleBank, Service, build_sample_bank, load_rows, serving
from tests.services import PostgresServer

ASKED = int(os.environ.get("HUOJIA_TEST_CUSTOMERS", "100"))
"""Customers who are asked for; more than the small bank has get a bank of their own."""
SMALL = 260  # customers of the small bank
FLAGS, ONE = "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/no_tasks"
DEFAULT = "the caller's own"


def put_two_experiments(service: Service) -> None:
    """One on tasks and a third of the customers, one by region, and a tenth held out of the first."""
    put_layer(service.runtime, make_layer())
    put_layer(service.runtime, make_layer("slots", "quotas"))
    put_holdout(service.runtime, LayerHoldout("quarter", "offers", 0.1, salt="held"))
    put_experiment(service.runtime, make_spec())
    arms = (Arm("control", 0.3), Arm("same", 0.7))
    spec = make_spec(
        "by_region", layer="slots", arms=arms, coverage=0.6, condition={"idle_days": {"$not": {"$gt": 60}}}
    )
    put_experiment(service.runtime, spec)


@contextmanager
def stock(service: Service) -> Iterator[OFREPProvider]:
    """The stock provider, over a socket, to the service."""
    port = free_port()
    app = create_app(service.runtime.settings, service.runtime)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.01)
        provider = OFREPProvider(f"http://127.0.0.1:{port}", headers_factory=lambda: service.as_service)
        yield provider
        provider.session.close()
    finally:
        server.should_exit = True
        thread.join()


def context(customer: str, **more: str) -> EvaluationContext:
    return EvaluationContext(customer, more)


def customers(service: Service) -> list[str]:
    return list(service.runtime.store.customer_ids(limit=ASKED))


def told(service: Service, provider: OFREPProvider) -> dict[str, tuple[str, str]]:
    """The two arms of every customer by the stock provider, each proved equal to what the service says and serves."""
    found = {}
    for customer in customers(service):
        asked = service.client.get(f"/v1/assignments?customer_id={customer}", headers=service.as_service).json()
        arms = {one["experiment"]: one["arm"] for one in asked["assignments"]}
        answers = [
            provider.resolve_string_details(key, DEFAULT, context(customer)).value for key in ("no_tasks", "by_region")
        ]
        assert answers == [arms.get(key, DEFAULT) for key in ("no_tasks", "by_region")]
        shown = {one["key"]: one["arm"] for one in service.shelf(customer)["experiments"]}
        assert shown == arms
        offered = provider.resolve_boolean_details("parameter:tasks.offered", False, context(customer))
        assert offered.value is (arms.get("no_tasks") != "variant")
        found[customer] = (answers[0], answers[1])
    return found


def told_and_again(settings: Settings) -> dict[str, tuple[str, str]]:
    """What is told, and told again by a service that has been started anew."""
    with serving(settings) as service:
        put_two_experiments(service)
        with stock(service) as provider:
            before = told(service, provider)
    with serving(settings) as service, stock(service) as provider:
        assert told(service, provider) == before
    return before


@pytest.fixture
def asked_bank(request: pytest.FixtureRequest, tmp_path: Path) -> SampleBank:
    """The small bank, or a larger one where more customers are to be asked for."""
    small: SampleBank = request.getfixturevalue("bank") if ASKED <= SMALL else build_sample_bank(tmp_path, ASKED)
    return small


@pytest.mark.slow
def test_the_stock_provider_hears_what_is_served_on_both_stores_and_after_a_restart(
    asked_bank: SampleBank, postgres: PostgresServer
) -> None:
    url = postgres.new_database()
    load_rows(asked_bank, database_url=url)
    on_file, on_server = (told_and_again(asked_bank.settings(**one)) for one in ({}, {"database_url": url}))
    postgres.drop_database(url)
    assert on_file == on_server
    assert {arm for arm, _ in on_file.values()} == {"control", "variant", DEFAULT}
    assert {arm for _, arm in on_file.values()} == {"control", "same", DEFAULT}


@pytest.fixture(scope="module")
def service(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A bank with two experiments."""
    with serving(small_bank.copy(tmp_path_factory.mktemp("ofrep") / "bank").settings()) as service:
        put_two_experiments(service)
        yield service


def _post(service: Service, path: str, body: Any, **headers: str) -> Any:
    return service.client.post(path, json=body, headers={**service.as_service, **headers})


def _in_no_tasks(service: Service) -> str:
    shelves = ((one, service.shelf(one)["experiments"]) for one in service.active(60))
    return next(one for one, arms in shelves if {"key": "no_tasks", "arm": "control"} in arms)


def test_faults_have_the_shapes_that_the_stock_provider_reads(service: Service) -> None:
    customer = service.active(1)[0]
    with stock(service) as provider:
        with pytest.raises(FlagNotFoundError):
            provider.resolve_string_details("nothing", DEFAULT, context(customer))
        with pytest.raises(TargetingKeyMissingError):
            provider.resolve_string_details("no_tasks", DEFAULT, EvaluationContext(None, {"channel": "in_app"}))
        with pytest.raises(InvalidContextError, match="channel"):
            provider.resolve_string_details("no_tasks", DEFAULT, context(customer, channel="pigeon"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "INVALID_CONTEXT"),
        ([], "INVALID_CONTEXT"),
        ({"context": 3}, "INVALID_CONTEXT"),
        ({"context": {}}, "TARGETING_KEY_MISSING"),
        ({"context": {"targetingKey": ""}}, "TARGETING_KEY_MISSING"),
        ({"context": {"targetingKey": 7}}, "INVALID_CONTEXT"),
        ({"context": {"targetingKey": "一"}}, "INVALID_CONTEXT"),
        ({"context": {"targetingKey": "c", "scene": []}}, "INVALID_CONTEXT"),
    ],
)
def test_a_context_that_cannot_be_evaluated_is_400_with_its_code(service: Service, body: Any, code: str) -> None:
    for path in (FLAGS, ONE):
        answer = _post(service, path, body)
        assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
        assert answer.json().get("key") == ("no_tasks" if path == ONE else None)


def test_null_in_the_context_is_unset(service: Service) -> None:
    customer = _in_no_tasks(service)
    unset = {"targetingKey": customer, "channel": None, "placement": None, "scene": None}
    said = [_post(service, ONE, {"context": context}).json() for context in (unset, {"targetingKey": customer})]
    assert said[0] == said[1]
    assert said[0]["reason"] == "SPLIT"


def test_what_is_no_json_is_a_parse_error(service: Service) -> None:
    answer = service.client.post(FLAGS, content=b"{", headers=service.as_service)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "PARSE_ERROR")


def test_a_key_is_needed(service: Service) -> None:
    assert TestClient(service.client.app).post(FLAGS, json={}).status_code == 401


def test_all_flags_come_at_once_and_an_unchanged_answer_is_not_sent_again(service: Service) -> None:
    customer = _in_no_tasks(service)
    body = {"context": {"targetingKey": customer}}
    first = _post(service, FLAGS, body)
    flags = {flag["key"]: flag for flag in first.json()["flags"]}
    assert set(flags) == {"no_tasks", "by_region", "parameter:tasks.offered", "parameter:quotas"}
    for key, flag in flags.items():
        assert _post(service, f"{FLAGS}/{key}", body).json() == flag
    again = _post(service, FLAGS, body, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert _post(service, FLAGS, body, **{"If-None-Match": '"another"'}).status_code == 200


def test_reason_and_source_tell_chance_an_override_and_a_pause_apart(service: Service) -> None:
    now_us, body = service.runtime.clock.now_us(), {"context": {"targetingKey": (customer := _in_no_tasks(service))}}
    flag = _post(service, ONE, body).json()
    assert (flag["reason"], flag["metadata"]["source"], flag["metadata"]["phase"]) == ("SPLIT", "hash", 1)
    put_override(service.runtime, Override("no_tasks", customer, "variant", "tester", "a look", now_us + DAY_US))
    flag = _post(service, ONE, body).json()
    assert (flag["value"], flag["variant"], flag["reason"]) == ("variant", "variant", "TARGETING_MATCH")
    put_experiment(service.runtime, make_spec(), state="paused")
    flag = _post(service, ONE, body).json()
    assert (flag["reason"], "value" in flag) == ("DISABLED", False)
    put_experiment(service.runtime, make_spec())


def test_the_running_experiments_are_exported_for_a_stock_sdk(service: Service) -> None:
    answer = service.client.get("/v1/export/growthbook.json", headers=service.as_service)
    assert answer.status_code == 200
    assert set(answer.json()["features"]) == {"no_tasks", "by_region"}
    assert answer.headers["ETag"] == f'"{service.runtime.worlds.last().versions.generation}"'
