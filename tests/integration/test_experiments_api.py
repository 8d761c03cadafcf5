"""The life of an experiment over HTTP: preconditions, what a running phase refuses, and what is in force at once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.auth import new_key
from service.clock import iso
from service.experiments.measures import MEASURES
from tests.contract.governed import fault
from tests.sample_bank import SampleBank, Service, serving

Call = Callable[..., Any]
DAY_US = 86_400_000_000
ONE = "/experiments/softer"
LAYER = {"key": "wallet", "parameters": ["arrangement.category_cap"]}
SPEC: dict[str, Any] = {
    "key": "softer",
    "layer": "wallet",
    "hypothesis": "more of it is opened",
    "arms": [
        {"key": "control", "weight": 0.5},
        {"key": "wide", "weight": 0.5, "parameters": {"arrangement.category_cap": 3}},
    ],
    "primary": [{"key": "clicks", "kind": "proportion", "num": min(MEASURES)}],
    "coverage": 0.1,
}


@pytest.fixture(scope="module")
def service(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(sample_bank.copy(tmp_path_factory.mktemp("experiments") / "bank").settings()) as started:
        yield started


@pytest.fixture(scope="module")
def call(service: Service) -> Call:
    runtime = service.runtime
    scopes = ["experiments:*", "policies:publish", "audit:read"]
    keys = {who: new_key(runtime.store, scopes, runtime.clock.now_us(), owner=who) for who in ("anna", "ben")}

    def by(
        method: str, path: str, body: object = None, *, status: int = 200, if_match: object = None, who: str = "anna"
    ) -> Any:
        headers = {"X-API-Key": keys[who]} | ({} if if_match is None else {"If-Match": f'"{if_match}"'})
        answer = service.client.request(method, f"/v1{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    return by


def spec(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(SPEC), **changes}


def test_an_experiment_lives_from_its_layer_to_its_stop(service: Service, call: Call) -> None:
    assert len(call("POST", "/layers", LAYER, status=201)["salt"]) == 16
    drafted = call("POST", "/experiments", spec(), status=201)
    assert (drafted["generation"], drafted["experiment"]["state"]) == (1, "draft")
    assert call("POST", f"{ONE}/start", status=428)["code"] == "no_if_match"
    assert call("POST", f"{ONE}/start", if_match=1, status=403)["code"] == "self_approval"
    assert call("POST", f"{ONE}/start", if_match=9, status=412, who="ben")["code"] == "stale_generation"
    other = {"sha256": "0" * 64}
    assert call("POST", f"{ONE}/start", other, if_match=1, status=412, who="ben")["code"] == "stale_content"
    read = {"reason": "spring", "sha256": drafted["experiment"]["sha256"]}
    assert call("POST", f"{ONE}/start", read, if_match=1, who="ben")["generation"] == 2
    assert [one.key for one in service.runtime.worlds.last().running.in_force.experiments] == ["softer"]
    ramped = call("POST", f"{ONE}/ramp", {"coverage": 0.5}, if_match=2)["experiment"]
    assert ramped["spec"]["coverage"] == 0.5
    weights = spec(coverage=0.5)
    weights["arms"][0]["weight"], weights["arms"][1]["weight"] = 0.4, 0.6
    assert call("PUT", ONE, weights, status=428)["code"] == "no_if_match"
    assert call("PUT", ONE, weights, if_match=3, status=409)["code"] == "needs_new_phase"
    phase = call("POST", f"{ONE}/new-phase", {"changes": {"arms": weights["arms"]}}, if_match=3)["experiment"]
    assert (phase["phase"], phase["state"]) == (2, "running")
    until = iso(service.runtime.clock.now_us() + DAY_US)
    put = {"arm": "wide", "reason": "a look", "expires_at": until}
    assert call("PUT", f"{ONE}/overrides/bob", put, if_match=4) == {"generation": 5}
    assert [one["customer_id"] for one in call("GET", f"{ONE}/overrides")["overrides"]] == ["bob"]
    assert call("DELETE", f"{ONE}/overrides/bob", if_match=5) == {"generation": 6}
    held = call("POST", "/holdouts", {"key": "kept", "layer": "*", "share": 0.05}, if_match=6, status=201)
    assert held["generation"] == 7
    assert call("POST", "/holdouts/kept/end", if_match=7)["holdout"]["ended"] is True
    assert call("POST", "/kill-switch", {"reason": "enough"})["experiments"] == ["softer"]
    assert call("GET", ONE)["state"] == "paused"
    assert call("POST", f"{ONE}/resume", if_match=9)["experiment"]["state"] == "running"
    assert call("POST", f"{ONE}/stop", {"reason": "seen"}, if_match=10)["experiment"]["state"] == "stopped"
    acts = [(one["act"], one["actor"]) for one in call("GET", f"{ONE}/history")["acts"]]
    did = ("draft", "start", "ramp", "new_phase", "kill", "resume", "stop")
    assert acts == [(act, "ben" if act == "start" else "anna") for act in did]
    assert fault(service.runtime.store) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hashVersion": 1}, "hashVersion"),
        ({"namespace": ["ns", 0, 1]}, "namespace"),
        ({"colour": 1}, "colour: no such field"),
        ({"key": "So"}, "key: 1 to 64 characters"),
        ({"layer": 3}, "layer: Expected `str`"),
        ({"coverage": 0}, "coverage: above 0"),
        ({"ranges": [[0.5, 0.4]]}, "ranges[0]: a start and a later end"),
        ({"ranges": [[0, 0.5], [0.4, 0.6]]}, "ranges[1]: ranges increase"),
        ({"alpha": 0.3}, "alpha: above 0, up to 0.2"),
        ({"n_star": 99}, "n_star: 100 to"),
        ({"primary": []}, "primary: 1 to 5"),
        ({"arms": SPEC["arms"][:1]}, "arms: 2 to 10"),
        ({"arms": [{"key": "a", "weight": 0.5}, {"key": "a", "weight": 0.5}]}, "arms: a is there twice"),
        ({"arms": [{"key": "a", "weight": 0.5}, {"key": "b", "weight": 0.6}]}, "arms: their weights sum to 1"),
        ({"arms": [{"key": "a", "weight": 0}, {"key": "b", "weight": 1}]}, "arms[0].weight: above 0"),
        ({"primary": [{"key": "m", "kind": "mean", "num": "joy"}]}, "primary[0].num: no such measure"),
        ({"primary": [{"key": "m", "kind": "mean", "num": min(MEASURES), "window_days": 121}]}, "1 to 120"),
        ({"ramp": [{"after_days": 2, "coverage": 0.4}, {"after_days": 1, "coverage": 0.5}]}, "ramp[1].after_days"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_field(call: Call, changes: dict[str, Any], said: str) -> None:
    answer = call("POST", "/experiments", spec(**changes), status=422)
    assert said in answer["detail"], answer
    assert answer["errors"]


def test_what_is_not_there_is_not_found(call: Call) -> None:
    for method, path in (("GET", "/experiments/none"), ("GET", "/experiments/none/history")):
        assert call(method, path, status=404)["code"] == "unknown_experiment"
    assert call("POST", "/experiments/none/stop", if_match=99, status=412)["status"] == 412


def test_a_layer_owns_only_what_an_experiment_may_change(call: Call) -> None:
    for path in ("holdout", "cooloff", "eligibility", "nothing"):
        assert path in call("POST", "/layers", {"key": "bad", "parameters": [path]}, status=422)["detail"]
