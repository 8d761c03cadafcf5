"""A shadow decides some requests again under another policy: nobody sees it, and its differences can be made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from service.auth import new_key
from service.bootstrap import store_of
from service.cli import main
from service.commands.policies.shadow import shadow_recompute
from service.errors import Refused
from service.pipeline import serve
from service.policies.effects import coarsely
from service.policies.life import Draft, PolicyLife
from service.policies.shadow import is_picked
from service.policies.shadow_recomputation import Recomputation, Recomputer
from service.policies.shadow_record import ShadowResult
from service.progress import silent
from service.settings import PREFIX
from service.stores import tables
from service.stores._policies import Act
from service.stores._upsert import table
from tests.integration.shadowing import (
    CANDIDATE,
    FOLLOWED_S,
    PATH,
    TABLES,
    call,
    counted,
    customers,
    draft,
    serve_everybody,
    settled,
    start,
    until,
)
from tests.sample_bank import NOW, SampleBank, Service, serving


@pytest.fixture
def shadowed(service: Service) -> Service:
    """A service with a candidate that changes many shelves as its draft 2."""
    assert draft(service, CANDIDATE) == PATH
    return service


@pytest.fixture
def answers(shadowed: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[tuple[int, Any, bytes]]]:
    """Status, headers and bytes of shelves at one instant under the same decision ids, whenever it is called."""
    now_us = shadowed.runtime.clock.now_us()
    monkeypatch.setattr(type(shadowed.runtime.clock), "now_us", lambda clock: now_us)
    asked = [*customers(shadowed)[::8], "stranger"]

    def ask() -> list[tuple[int, Any, bytes]]:
        ids = iter(f"01K{number:023d}" for number in range(len(asked)))
        monkeypatch.setattr(serve, "ulid", lambda now_us: next(ids))
        found = [shadowed.client.get(f"/v1/customers/{one}/shelf", headers=shadowed.as_service) for one in asked]
        return [(one.status_code, one.headers.items(), one.content) for one in found]

    return ask


def test_responses_are_the_same_bytes_with_a_shadow_and_without(
    shadowed: Service, answers: Callable[[], list[Any]]
) -> None:
    without = answers()
    start(shadowed)
    assert answers() == without
    report = settled(shadowed, len(without))
    assert report["differences"]["changed"] > 10


def breaks(*args: object, **given: object) -> None:
    """What stands in for a part of the shadow that fails."""
    raise ZeroDivisionError


def dies(*args: object, **given: object) -> None:
    """What takes the shadow's thread with it."""
    raise SystemExit


FAULTS: dict[str, tuple[str, Callable[..., None], str]] = {
    "the candidate decides": ("service.policies.candidate_policy.decide", breaks, "failed"),
    "its facts are built": ("service.policies.candidate_policy.build_facts", breaks, "failed"),
    "its world is built": ("service.policies.candidate_policy.world_under", breaks, "failed"),
    "its policy is read": ("service.policies.candidate_policy.load_policy", breaks, "failed"),
    "the outcomes are compared": ("service.policies.candidate_policy.compare", breaks, "failed"),
    "results are stored": ("service.stores.sql.SqlStore.put_shadow_results", breaks, "same"),
    "the thread dies": ("service.policies.candidate_policy.decide", dies, "failed"),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_fault_in_the_shadow_reaches_a_response(
    shadowed: Service, answers: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    without = answers()
    start(shadowed)
    for fault, (place, how, outcome) in FAULTS.items():
        before = counted(shadowed).get(outcome, 0)
        shadowed.runtime.shadow._candidate = None
        with monkeypatch.context() as broken:
            broken.setattr(place, how)
            assert answers() == without, fault
            until(lambda: counted(shadowed).get(outcome, 0) > before)  # noqa: B023 - called at once
            assert answers() == without, fault
    before = counted(shadowed).get("same", 0)
    until(lambda: answers() == without and counted(shadowed).get("same", 0) > before)
    assert call(shadowed, "GET")["failed_by"].keys() == {"ZeroDivisionError"}


def test_a_candidate_that_says_the_same_changes_no_shelf(service: Service) -> None:
    path = draft(service, {})
    start(service, path=path)
    number = len(serve_everybody(service))
    report = settled(service, number, path)
    nothing = {"compared": number, "changed": 0, "reordered": 0, "restated": 0, "whole": {}}
    assert report["differences"] == nothing | {table: [] for table in TABLES}


def test_who_is_held_out_is_what_the_candidate_says_where_the_profile_was_read(service: Service) -> None:
    fewer, more = draft(service, {"holdout_share": 0.0}), draft(service, {"holdout_share": 0.5})
    start(service, path=fewer)
    modes = [service.shelf(one)["mode"] for one in customers(service)]
    report = settled(service, len(modes), fewer)
    assert report["skipped_by"] == {"held_out": modes.count("holdout")}
    assert report["differences"]["changed"] == 0
    call(service, "DELETE", fewer)
    start(service, path=more)
    report = settled(service, len(serve_everybody(service)), more)
    assert report["skipped"] == 0
    assert modes.count("personal") / 3 < report["differences"]["whole"]["mode"] < modes.count("personal") * 2 / 3


def test_decisions_that_the_candidate_itself_made_are_not_compared(shadowed: Service) -> None:
    start(shadowed)
    runtime = shadowed.runtime
    found = runtime.store.policy("default", 2)
    assert found is not None
    runtime.worlds.follow(runtime.store.versions())
    life, lei = PolicyLife(runtime.store), Act("lei", runtime.clock.now_us())
    life.submit(Act("mei", runtime.clock.now_us()), "default", 2)
    life.judge(lei, "default", 2, "approve")
    life.publish(lei, "default", 2)
    runtime.worlds.follow(runtime.store.versions())
    assert settled(shadowed, len(serve_everybody(shadowed)))["skipped_by"].keys() == {"in_force"}


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_the_sums_are_those_of_the_logged_decisions_taken_again(shadowed: Service, share: float) -> None:
    start(shadowed, share)
    ids = serve_everybody(shadowed) + (serve_everybody(shadowed, "wealth") if share < 1 else [])
    shadow = shadowed.runtime.store.shadow()
    assert shadow is not None
    picked = [one for one in ids if is_picked(shadow, one)]
    assert 0.5 * share * len(ids) < len(picked) < 1.5 * share * len(ids) + 1
    report = settled(shadowed, len(picked))
    found = recomputed(shadowed)
    assert found.is_equal, found.document()
    assert found.compared == report["compared"] == len(picked)
    assert found.again.document() == report["differences"]
    assert report["differences"]["changed"] > len(picked) / 4


def recomputed(service: Service) -> Recomputation:
    """The recomputation of the newest shadow of version 2."""
    runtime = service.runtime
    runtime.decisions.flush()
    shadow = runtime.store.shadow("default", 2)
    assert shadow is not None
    return Recomputer(runtime.store, runtime.replayer, runtime.keyed).recompute(shadow, silent)


def test_a_result_that_was_altered_or_added_and_a_decision_that_is_gone_are_found(shadowed: Service) -> None:
    start(shadowed, 0.3)
    settled(shadowed, 0)
    shadow = shadowed.runtime.store.shadow()
    assert shadow is not None
    ids = serve_everybody(shadowed)
    picked = [one for one in ids if is_picked(shadow, one)]
    settled(shadowed, len(picked))
    stored = list(shadowed.runtime.store.shadow_results(shadow.seq))
    assert [one.decision_id for one in stored] == sorted(picked)
    changed = next(one for one in stored if one.outcome == "changed")
    same = b'{"against":"default@1","difference":{}}'
    foreign = next(one for one in ids if one not in picked)
    results, decisions = table(tables.PolicyShadowResults), table(tables.Decisions)
    with shadowed.runtime.store.begin() as connection:
        of = results.c.decision_id == changed.decision_id
        connection.execute(results.update().where(of).values(outcome="same", document=same))
    shadowed.runtime.store.put_shadow_results([ShadowResult(shadow.seq, foreign, "same", same)])
    found = recomputed(shadowed)
    assert found.other == sorted([changed.decision_id, *({foreign} & set(found.other))])
    assert found.not_picked == [foreign]
    assert found.differences
    with shadowed.runtime.store.begin() as connection:
        connection.execute(decisions.delete().where(decisions.c.decision_id == picked[0]))
    assert recomputed(shadowed).not_logged == [picked[0]]


def test_the_command_makes_it_again_in_a_process_of_its_own(
    bank: SampleBank, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(bank.settings()) as service:
        draft(service, CANDIDATE)
        start(service)
        number = len(serve_everybody(service, limit=100))
        settled(service, number)
    shadow_recompute(bank.settings(), "default@2", as_json=False)
    assert f"{number} decisions: equal" in capsys.readouterr().out
    with store_of(bank.settings()) as store, store.begin() as connection:
        results = table(tables.PolicyShadowResults)
        connection.execute(results.update().values(document=b'{"against":"default@1","difference":{}}'))
    with pytest.raises(Refused, match="does not agree"):
        shadow_recompute(bank.settings(), "default@2", as_json=False)
    assert "NOT EQUAL" in capsys.readouterr().out


def test_the_command_starts_tells_of_and_stops_a_shadow(
    bank: SampleBank, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(PREFIX + "DATA_DIR", str(bank.data_dir))
    monkeypatch.setenv(PREFIX + "NOW", NOW)
    with store_of(bank.settings()) as store:
        PolicyLife(store).draft(Act("mei", 1), "default", Draft(CANDIDATE))

    def shadow(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["huojia", "policy", "shadow", "default@2", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return (code, *capfd.readouterr())

    assert shadow()[0] == 1
    assert shadow("--share", "0.5", "--stop")[0] == 2
    assert shadow("--share", "0.25", "--as", "lei")[:2] == (
        0,
        "default@2 is shadowed on 25.00% of the requests from now on\n",
    )
    told = orjson.loads(shadow("--json")[1])
    assert (told["share"], told["started_by"], told["running"]) == (0.25, "lei", True)
    assert "compared 0, changed 0, failed 0, skipped 0" in shadow()[1]
    assert shadow("--share", "1")[2] == "huojia: default@2 is shadowed already: stop it first\n"
    assert shadow("--stop")[0] == 0
    assert shadow("--stop")[0] == 1
    assert shadow("--recompute")[:2] == (0, "0 decisions: equal\n")


def test_other_processes_notice_a_start_and_a_stop(bank: SampleBank) -> None:
    with serving(bank.settings()) as service, serving(bank.settings()) as other:
        draft(service, CANDIDATE)
        start(service)

        assert until(lambda: other.runtime.shadow.running is not None) <= FOLLOWED_S
        other.shelf("C1")
        settled(service, 1)
        call(service, "DELETE")
        assert until(lambda: other.runtime.shadow.running is None) <= FOLLOWED_S


def test_a_shadow_leaves_nothing_but_its_results(shadowed: Service) -> None:
    start(shadowed)
    ids = serve_everybody(shadowed)
    settled(shadowed, len(ids))
    runtime = shadowed.runtime
    runtime.decisions.flush()
    assert sorted(one.decision_id for one in runtime.store.decisions(10_000)) == sorted(ids)
    assert {one.decision_id for one in runtime.store.shadow_results(1)} == set(ids)


def test_a_shadow_is_started_told_of_and_stopped_over_http(shadowed: Service) -> None:
    assert call(shadowed, "GET", expected=404)["code"] == "no_shadow"
    begun = start(shadowed, 0.25)
    assert (begun["policy"], begun["share"], begun["running"], begun["compared"]) == ("default@2", 0.25, True, 0)
    assert call(shadowed, "GET")["shadow"] == begun["shadow"]
    another = draft(shadowed, {})
    assert call(shadowed, "POST", another, 409, json={"share": 1})["code"] == "shadow_running"
    assert call(shadowed, "DELETE", another, 404)["code"] == "no_shadow"
    ended = call(shadowed, "DELETE")
    assert ended["running"] is False
    assert ended["stopped_by"] == begun["started_by"]
    assert call(shadowed, "DELETE", expected=404)["code"] == "no_shadow"
    assert call(shadowed, "GET")["stopped_at"] == ended["stopped_at"]


def test_what_cannot_be_shadowed_is_refused(shadowed: Service) -> None:
    bodies = ({"share": 0}, {"share": 1.01}, {"share": "0.1"}, {"share": None}, {}, {"share": 0.1, "until": "2027"}, [])
    for body in bodies:
        assert call(shadowed, "POST", PATH, 422, json=body)["code"] == "bad_field", body
    refusals = {
        "default/versions/9": (404, "unknown_policy"),
        "nothing/versions/2": (404, "unknown_policy"),
        "default/versions/two": (422, "bad_path"),
        "default/versions/1": (409, "in_force"),
    }
    for version, (status, code) in refusals.items():
        found = call(shadowed, "POST", f"/v1/policies/{version}/shadow", status, json={"share": 0.1})
        assert found["code"] == code, version
    assert call(shadowed, "GET", expected=404)["code"] == "no_shadow"


def test_only_who_may_publish_starts_and_stops_and_who_may_read_is_told(shadowed: Service) -> None:
    keys = {scope: new_key(shadowed.runtime.store, [scope], 0) for scope in ("policies:read", "policies:publish")}
    calls = {"GET": "policies:read", "POST": "policies:publish", "DELETE": "policies:publish"}
    for method, needed in calls.items():
        for scope, key in keys.items():
            answer = shadowed.client.request(method, PATH, headers={"X-API-Key": key}, json={"share": 0.1})
            assert (answer.status_code == 403) == (scope != needed)


def test_without_shelf_read_counts_are_of_decisions_in_tens_and_null_below_ten(shadowed: Service) -> None:
    start(shadowed)
    exact = settled(shadowed, len(serve_everybody(shadowed)))
    key = new_key(shadowed.runtime.store, ["policies:read", "policies:publish"], 0)

    def coarse(method: str) -> dict[str, Any]:
        answer = shadowed.client.request(method, PATH, headers={"X-API-Key": key})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    told, ended = coarse("GET"), coarse("DELETE")
    assert told == {**ended, **{name: told[name] for name in ("running", "stopped_at", "stopped_by")}}
    assert told["compared"] == exact["compared"] // 10 * 10 > 0
    assert told["against"] == {"default@1": told["compared"]}
    assert told["differences"]["changed"] == exact["differences"]["changed"] // 10 * 10
    products = {row.pop("product_id"): row for row in exact["differences"]["products"]}  # one card a shelf
    assert [row["product_id"] for row in told["differences"]["products"]] == sorted(products)
    for row in told["differences"]["products"]:
        counts = products[row.pop("product_id")]
        assert row == {name: coarsely(count) for name, count in counts.items()}
    for name in TABLES:
        assert len(told["differences"][name]) == len(exact["differences"][name])
        for row in told["differences"][name]:
            assert all(
                count is None or count % 10 == 0 <= count for count in row.values() if not isinstance(count, str)
            )
    tiers = {row["tier"]: row for row in told["differences"]["tiers"]}
    assert max(row["lost"] or 0 for row in tiers.values()) <= told["compared"]


def test_the_kill_switch_ends_a_shadow(shadowed: Service) -> None:
    start(shadowed)
    call(shadowed, "POST", "/v1/kill-switch", json={"reason": "a test"})
    assert call(shadowed, "GET")["running"] is False
    until(lambda: shadowed.runtime.shadow.running is None)
