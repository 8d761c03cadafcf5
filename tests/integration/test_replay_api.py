"""Replay of a policy over HTTP and by command."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from service.auth import new_key
from service.commands.replay import replay as replay_command
from service.settings import PREFIX
from tests.sample_bank import SampleBank, Service, serving

PATH = "/v1/replay"
RULE = {"name": "no_funds", "when": {"age": {"at_least": 20}}, "then": {"withhold": {"zones": ["fund"]}}}


def ask(service: Service, body: dict[str, Any], expected: int = 200) -> dict[str, Any]:
    answer = service.client.post(PATH, json=body, headers=service.as_service)
    assert answer.status_code == expected, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.slow
def test_a_version_and_a_document_are_replayed_in_a_process_of_its_own(service: Service) -> None:
    for customer_id in service.active(30):
        service.shelf(customer_id)
    service.runtime.decisions.flush()
    same = ask(service, {"name": "default", "version": 1})
    assert (same["policy"], same["decisions"], same["customers_changed"]) == ("default@1", 30, 0)
    assert same["compared"] + sum(same["skipped"].values()) == 30
    assert [row["refused"][0]["code"] for row in same["value"] if row["tier"] == "fixed"] == ["fixed_tier"]
    other = ask(service, {"policy": {"rules": [RULE]}, "sample": 20})
    assert other["policy"] == "default@2"
    assert other["customers_changed"] > 0
    less = ask(service, {"policy": {"rules": [RULE]}, "without_rule": "no_funds", "sample": 20})
    assert (less["policy"], less["customers_changed"]) == ("default@2 without no_funds", 0)
    assert ask(service, {"name": "default", "version": 1, "until": "2020-01-01T00:00:00Z"})["decisions"] == 0


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({}, 422, "policy"),
        ({"version": 1}, 422, "version"),
        ({"name": "default", "version": 1, "policy": {}}, 422, "version"),
        ({"name": "default", "version": 99}, 404, "default@99"),
        ({"name": "default", "version": 1, "without_rule": "nobody"}, 404, "nobody"),
        ({"name": "default", "version": 1, "since": "yesterday"}, 422, "since"),
        ({"name": "default", "version": 1, "since": "2026-11-02T00:00Z", "until": "2026-11-01T00:00Z"}, 422, "until"),
        ({"name": "default", "version": 1, "sample": 0}, 422, "sample"),
        ({"name": "default", "version": 1, "reward": "yield"}, 422, "reward"),
        ({"policy": {"rules": [{"name": "x"}]}}, 422, "rules[0]"),
    ],
)
def test_what_cannot_be_replayed_is_named(
    shared_service: Service, body: dict[str, Any], status: int, named: str
) -> None:
    assert named in orjson.dumps(ask(shared_service, body, status)).decode()


def test_a_second_replay_at_once_is_told_to_wait(service: Service) -> None:
    service.client.portal.call(service.runtime.previewing.acquire)  # type: ignore[union-attr]
    assert ask(service, {"name": "default", "version": 1}, 503)["code"] == "replay_running"


def test_of_few_customers_nothing_is_told_to_a_key_that_may_not_read_shelves(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def few(*_: object) -> bytes:
        return orjson.dumps({"customers": 3})

    monkeypatch.setattr("service.api.replay.replayed_apart", few)
    key = new_key(service.runtime.store, ["experiments:read"], service.runtime.clock.now_us())
    body = {"name": "default", "version": 1}
    answer = service.client.post(PATH, json=body, headers={"X-API-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert ask(service, body) == {"customers": 3}


def test_the_command_prints_what_changes_and_why_there_is_no_number(
    bank: SampleBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bank.settings()) as service:
        for customer_id in service.active(20):
            service.shelf(customer_id)
    monkeypatch.setenv(PREFIX + "DATA_DIR", str(bank.data_dir))
    monkeypatch.setenv(PREFIX + "NOW", bank.settings().now)
    app = typer.Typer()
    app.command()(replay_command)
    told = CliRunner().invoke(app, ["default@1"])
    assert told.exit_code == 0, told.output
    assert "0 of " in told.output
    assert "the fixed tier is never explored" in told.output
    plain = CliRunner().invoke(app, ["1", "--purchases", "--json", "--sample", "5"])
    document = orjson.loads(plain.stdout)
    assert (document["reward"], document["sample"]) == ("purchase", 5)
    assert CliRunner().invoke(app, ["default@1", "--since", "noon"]).exit_code == 1
    turned = CliRunner().invoke(app, ["default@1", "--since", "2026-11-02T00:00Z", "--until", "2026-11-01T00:00Z"])
    assert "comes after" in str(turned.exception)
