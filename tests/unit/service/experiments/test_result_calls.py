"""The calls for results, health and plan: what they ask of the command, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from starlette.testclient import TestClient

from service.api import experiment_results
from service.app import create_app
from service.auth import new_key
from service.runtime import Runtime
from tests.experimenting import make_layer, make_spec, put_experiment, put_layer
from tests.unit.service.reports.histories import small_bank


class Calls:
    """A client, its keys, and the commands that were run for it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.ran = runtime, list[list[str]]()
        self.client = TestClient(create_app(runtime.settings, runtime))
        self.key = new_key(runtime.store, ["experiments:read"], 0)

    def get(self, path: str, key: str = "") -> tuple[int, str]:
        """The status, and what is said of it."""
        answer = self.client.get(f"/v1/experiments/{path}", headers={"X-API-Key": key or self.key})
        told = answer.json()
        return answer.status_code, told.get("detail", "")

    async def printed(self, runtime: Runtime, arguments: list[str]) -> bytes:
        """In place of the command."""
        assert runtime.reporting.locked()
        self.ran.append(arguments)
        return orjson.dumps({"verdict": {"word": "keep running"}})


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    with small_bank(tmp_path_factory.mktemp("calls")) as runtime:
        put_layer(runtime, make_layer())
        put_experiment(runtime, make_spec("old_tasks"))
        yield Calls(runtime)


@pytest.fixture
def calls(bank: Calls, monkeypatch: pytest.MonkeyPatch) -> Calls:
    bank.ran.clear()
    monkeypatch.setattr(experiment_results, "printed", bank.printed)
    return bank


def test_what_is_asked_for_reaches_the_command(calls: Calls) -> None:
    as_of = "2026-11-01T00:00:00Z"
    assert calls.get("old_tasks/results?unit=customer")[0] == 200
    assert calls.get(f"old_tasks/results?as_of={as_of}&mature_only=false&untrusted=true")[0] == 200
    assert calls.get(f"old_tasks/health?as_of={as_of}")[0] == 200
    assert calls.ran == [
        ["experiment", "results", "old_tasks", "--json"],
        ["experiment", "results", "old_tasks", "--json", f"--as-of={as_of}", "--immature", "--untrusted"],
        ["experiment", "health", "old_tasks", "--json", f"--as-of={as_of}"],
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("old_tasks/results?unit=impression", "unit: must be customer"),
        ("old_tasks/results?as_of=yesterday", "as_of: an ISO 8601 time"),
        ("old_tasks/results?mature_only=1", "mature_only: must be true or false"),
        ("old_tasks/results?mde=1", "mde: no such parameter"),
        ("old_tasks/health?unit=customer", "unit: no such parameter"),
        ("old_tasks/plan", "mde: the experiment names none"),
        ("old_tasks/plan?mde=much", "mde: must be a number"),
        ("old_tasks/plan?mde=nan", "mde: must be a finite number"),
        ("old_tasks/plan?mde=0.1&metric=none", "metric: one of conversion"),
        ("old_tasks/plan?mde=0.1", "metric: nobody saw a card"),
    ],
)
def test_a_mistake_is_named_with_its_rule_and_nothing_is_run(calls: Calls, path: str, said: str) -> None:
    status, detail = calls.get(path)
    assert (status, detail.startswith(said)) == (422, True), detail
    assert calls.ran == []


def test_an_unknown_experiment_is_not_found(calls: Calls) -> None:
    assert [calls.get(f"nothing/{what}")[0] for what in ("results", "health", "plan?mde=0.1")] == [404] * 3
    assert calls.ran == []


def test_the_scope_is_needed(calls: Calls) -> None:
    other = new_key(calls.runtime.store, ["reports:read"], 0)
    assert [calls.get(f"old_tasks/{what}", other)[0] for what in ("results", "health", "plan")] == [403] * 3
