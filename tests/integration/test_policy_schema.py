"""The schema of policies over HTTP and on the command line, and every mistake answered with its line."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from typer.testing import CliRunner

from service.auth import new_key
from service.cli import app
from service.policies.schema import policy_schema
from tests.policy_mistakes import MISTAKES
from tests.sample_bank import SampleBank, Service, serving


@pytest.fixture
def service(bank: SampleBank) -> Iterator[Service]:
    with serving(bank.settings()) as started:
        yield started


def headers(service: Service, *scopes: str) -> dict[str, str]:
    runtime = service.runtime
    return {"X-API-Key": new_key(runtime.store, list(scopes), runtime.clock.now_us(), owner="anna")}


def test_whoever_may_read_policies_gets_their_schema(service: Service) -> None:
    answer = service.client.get("/v1/policies/schema", headers=headers(service, "policies:read"))
    assert answer.status_code == 200
    assert answer.json() == orjson.loads(orjson.dumps(policy_schema()))
    assert service.client.get("/v1/policies/schema", headers=headers(service, "tags:read")).status_code == 403


def test_the_command_prints_the_same_schema() -> None:
    done = CliRunner().invoke(app, ["policy", "schema"])
    assert done.exit_code == 0
    assert orjson.loads(done.stdout_bytes) == orjson.loads(orjson.dumps(policy_schema()))


def test_every_mistake_in_a_text_is_answered_with_its_path_and_line(service: Service) -> None:
    key = headers(service, "policies:*")
    for mistake in MISTAKES:
        answer = service.client.post("/v1/policies/validate", json={"text": mistake.text}, headers=key)
        assert answer.status_code == 200
        if mistake.seen == "bank":  # this bank has other products than that of the table
            assert {"path": mistake.path, "line": mistake.line} in [
                {"path": one["path"], "line": one["line"]} for one in answer.json()["faults"]
            ]
        else:
            told = {"path": mistake.path, "line": mistake.line, "detail": mistake.detail}
            assert answer.json() == {"valid": False, "faults": [told]}, mistake.what
