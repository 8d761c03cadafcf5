"""The life of a policy over HTTP: four eyes, preconditions, flips in force at once, a history that only grows."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from service.app import _keep_schedules
from service.auth import new_key
from service.clock import from_us, iso
from tests.sample_bank import SampleBank, Service, serving

Call = Callable[..., Any]
CAP = {"arrangement": {"category_cap": 1}}
WIDE = {"arrangement": {"category_cap": 3}}
ONE = "/policies/default/versions"


@pytest.fixture
def service(bank: SampleBank) -> Iterator[Service]:
    with serving(bank.settings()) as started:
        yield started


@pytest.fixture
def of(service: Service) -> Callable[..., Call]:
    """By the name of a person: calls with a key of theirs, and what they answer."""

    def by(owner: str, *scopes: str) -> Call:
        runtime = service.runtime
        key = new_key(runtime.store, list(scopes) or ["policies:*", "audit:read"], runtime.clock.now_us(), owner=owner)

        def call(method: str, path: str, body: object = None, *, status: int = 200, if_match: object = None) -> Any:
            headers = {"X-API-Key": key} | ({} if if_match is None else {"If-Match": f'"{if_match}"'})
            answer = service.client.request(method, f"/v1{path}", json=body, headers=headers)
            assert answer.status_code == status, answer.text
            return answer.json()

        return call

    return by


@pytest.fixture
def anna(of: Callable[..., Call]) -> Call:
    return of("anna")


@pytest.fixture
def bo(of: Callable[..., Call]) -> Call:
    return of("bo")


def approved(author: Call, reviewer: Call, policy: dict[str, Any]) -> str:
    """The path of a version that one wrote and another approved."""
    version = author("POST", ONE, {"policy": policy}, status=201)["version"]
    author("POST", f"{ONE}/{version}/submit")
    reviewer("POST", f"{ONE}/{version}/approve", {"comment": "seen"})
    return f"{ONE}/{version}"


def test_a_version_is_written_judged_published_and_told(anna: Call, bo: Call, service: Service) -> None:
    drafted = anna("POST", ONE, {"policy": CAP, "comment": "less of the same", "base": 1}, status=201)
    assert (drafted["version"], drafted["state"], drafted["authors"]) == (2, "draft", ["anna"])
    assert drafted["policy"]["arrangement"]["category_cap"] == 1
    assert anna("POST", f"{ONE}/2/submit")["state"] == "in_review"
    assert bo("POST", f"{ONE}/2/approve", {"comment": "seen"})["state"] == "approved"
    assert anna("GET", f"{ONE}/2")["approvals"][0]["reviewer"] == "bo"
    done = anna("POST", f"{ONE}/2/publish", {"reason": "spring"}, if_match=1)
    assert done == {"generation": 2, "policy": "default@2", "schedule": None}
    assert service.shelf("nobody")["versions"]["policy"] == "default@2"
    told = anna("GET", "/policies")
    assert (told["generation"], told["in_force"]) == (2, "default@2")
    assert [(one["version"], one["state"], one["in_force"]) for one in told["policies"]] == [
        (1, "published", False),
        (2, "published", True),
    ]
    assert anna("GET", ONE)["versions"] == told["policies"]
    history = anna("GET", "/policies/default/history")
    assert [(one["kind"], one["actor"], one["reason"]) for one in history["activations"]] == [
        ("bootstrap", "bootstrap", ""),
        ("publish", "anna", "spring"),
    ]
    assert [(one["reviewer"], one["verdict"]) for one in history["approvals"]] == [
        ("bootstrap", "waive"),
        ("bo", "approve"),
    ]
    found = anna("GET", f"{ONE}/1/diff/2")
    assert found["differences"] == [{"path": "arrangement.category_cap", "from": 2, "to": 1}]
    log = anna("GET", "/audit?after=2")
    assert [row["action"] for row in log["rows"]] == ["draft", "submit", "approve", "publish"]
    assert log["rows"][-1]["hash"] == log["head"]


def test_the_etag_of_a_version_is_what_an_edit_of_it_names(anna: Call, service: Service) -> None:
    anna("POST", ONE, {"policy": CAP}, status=201)
    etag = service.client.get(f"/v1{ONE}/2", headers=service.as_service).headers["ETag"]
    assert etag == f'"{anna("GET", f"{ONE}/2")["sha256"]}"'
    anna("PUT", f"{ONE}/2", {"policy": WIDE}, if_match=etag.strip('"'))


def test_an_author_approves_nothing_of_theirs_with_any_key(anna: Call, of: Callable[..., Call]) -> None:
    anna("POST", ONE, {"policy": CAP}, status=201)
    anna("POST", f"{ONE}/2/submit")
    for call in (anna, of("anna", "policies:approve")):
        for verdict in ("approve", "reject"):
            assert call("POST", f"{ONE}/2/{verdict}", status=403)["code"] == "self_approval"
    assert anna("GET", f"{ONE}/2")["state"] == "in_review"


def test_a_key_without_an_owner_is_a_person_of_its_own(service: Service) -> None:
    keys = [new_key(service.runtime.store, ["policies:*"], 0) for _ in range(2)]
    steps = [("", {"policy": CAP}, 0, 201), ("/2/submit", None, 0, 200), ("/2/approve", None, 0, 403)]
    for path, body, key, status in [*steps, ("/2/approve", None, 1, 200)]:
        headers = {"X-API-Key": keys[key]}
        answer = service.client.post(f"/v1{ONE}{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text


def test_an_edit_after_the_approval_voids_it(anna: Call, bo: Call) -> None:
    path = approved(anna, bo, CAP)
    seen = anna("GET", path)["sha256"]
    assert anna("PUT", path, {"policy": WIDE}, if_match=seen)["state"] == "draft"
    assert anna("POST", f"{path}/publish", if_match=1, status=409)["code"] == "wrong_state"
    assert anna("PUT", path, {"policy": CAP}, if_match=seen, status=412)["code"] == "stale_content"
    assert anna("PUT", path, {"policy": CAP}, status=428)["code"] == "no_if_match"
    assert bo("POST", f"{path}/approve", status=409)["code"] == "wrong_state"


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_a_verdict_is_for_the_content_that_was_read(anna: Call, bo: Call, verdict: str) -> None:
    read = anna("POST", ONE, {"policy": CAP}, status=201)["sha256"]
    now = anna("PUT", f"{ONE}/2", {"policy": WIDE}, if_match=read)["sha256"]
    anna("POST", f"{ONE}/2/submit")
    path = f"{ONE}/2/{verdict}"
    assert bo("POST", path, if_match=read, status=412)["code"] == "stale_content"
    assert bo("POST", path, {"sha256": read}, status=412)["code"] == "stale_content"
    assert bo("POST", path, {"sha256": read}, if_match=now, status=412)["code"] == "stale_content"
    bo("POST", path, {"sha256": "latest"}, status=422)
    assert bo("POST", path, {"sha256": now})["sha256"] == now


def test_a_number_of_hundreds_of_digits_is_a_fault_and_no_failure(anna: Call) -> None:
    body = {"policy": {"arrangement": {"category_cap": 10**400}}}
    (fault,) = anna("POST", "/policies/validate", body)["faults"]
    assert fault["path"] == "arrangement.category_cap"
    anna("POST", ONE, body, status=422)


def test_a_published_version_is_not_edited(anna: Call) -> None:
    seen = anna("GET", f"{ONE}/1")["sha256"]
    assert anna("PUT", f"{ONE}/1", {"policy": CAP}, if_match=seen, status=409)["code"] == "immutable"


def test_who_saw_another_generation_publishes_and_rolls_back_nothing(anna: Call, bo: Call) -> None:
    path = approved(anna, bo, CAP)
    assert anna("POST", f"{path}/publish", status=428)["code"] == "no_if_match"
    for stale in (0, 2, "one", "*"):
        assert anna("POST", f"{path}/publish", if_match=stale, status=412)["code"] == "stale_generation"
    anna("POST", f"{path}/publish", if_match=1)
    back = {"to_version": 1}
    assert anna("POST", "/policies/default/rollback", back, status=428)["code"] == "no_if_match"
    assert anna("POST", "/policies/default/rollback", back, if_match=1, status=412)["code"] == "stale_generation"
    assert anna("POST", "/policies/default/rollback", back, if_match=2)["generation"] == 3


def test_a_key_does_what_its_scopes_say(of: Callable[..., Call]) -> None:
    reads = of("cy", "policies:read")
    for call in (
        ("POST", ONE, {"policy": CAP}),
        ("POST", f"{ONE}/1/approve"),
        ("POST", f"{ONE}/1/publish"),
        ("POST", "/policies/default/rollback", {"to_version": 1}),
        ("POST", "/kill-switch"),
        ("GET", "/audit"),
    ):
        assert reads(*call, status=403)["code"] == "missing_scope"
    assert reads("GET", "/policies")["generation"] == 1


def shelves(service: Service, customers: list[str]) -> list[bytes]:
    """Their shelves without what names the decision or the generation."""
    found = []
    for customer in customers:
        shelf = service.shelf(customer)
        del shelf["decision_id"], shelf["versions"]["policy"], shelf["versions"]["generation"]
        for tier in shelf["tiers"]:
            for zone in tier["zones"]:
                for card in zone["cards"]:
                    del card["tracking"]
        for zone in shelf["public"]:
            for card in zone["cards"]:
                del card["tracking"]
        found.append(orjson.dumps(shelf))
    return found


def test_a_rollback_brings_every_shelf_back_and_adds_to_the_history(anna: Call, bo: Call, service: Service) -> None:
    customers = service.active(1_000)
    now = from_us(service.runtime.clock.now_us())
    service.runtime.clock.now_us = lambda: int(now.timestamp() * 1_000_000)  # type: ignore[method-assign]
    before = shelves(service, customers)
    path = approved(anna, bo, CAP)
    anna("POST", f"{path}/publish", if_match=1)
    assert shelves(service, customers) != before
    anna("POST", "/policies/default/rollback", {"to_version": 1, "reason": "complaints"}, if_match=2)
    assert shelves(service, customers) == before
    kinds = [one["kind"] for one in anna("GET", "/policies/default/history")["activations"]]
    assert kinds == ["bootstrap", "publish", "rollback"]


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"policy": {"colour": 1}}, "colour"),
        ({"policy": {"thresholds": {"fixed": {"enter": 2}}}}, "thresholds.fixed.enter"),
        ({"text": '{"arrangement": {"category_cap": "two"}}'}, "arrangement.category_cap"),
    ],
)
def test_a_broken_policy_is_refused_with_its_faults_and_kept_nowhere(
    anna: Call, body: dict[str, Any], loc: str
) -> None:
    refused = anna("POST", ONE, body, status=422)
    assert refused["code"] == "bad_policy"
    assert [one["loc"] for one in refused["errors"]] == [loc]
    checked = anna("POST", "/policies/validate", body)
    assert (checked["valid"], [one["path"] for one in checked["faults"]]) == (False, [loc])
    assert len(anna("GET", ONE)["versions"]) == 1


@pytest.mark.parametrize(
    "body", [{}, {"policy": {}, "text": "{}"}, {"policy": {}, "comment": "\x00"}, {"policy": [], "x": 1}, {"policy": 1}]
)
def test_a_body_that_says_nothing_clear_is_refused(anna: Call, body: dict[str, Any]) -> None:
    anna("POST", ONE, body, status=422)


def test_a_policy_is_checked_without_being_kept(anna: Call) -> None:
    assert anna("POST", "/policies/validate", {"policy": CAP}) == {"valid": True, "faults": []}
    based = {"policy": CAP, "base": 1, "name": "default"}
    assert anna("POST", "/policies/validate", based)["valid"]
    anna("POST", "/policies/validate", {**based, "base": 7}, status=404)
    assert anna("POST", f"{ONE}/1/validate")["valid"]
    assert len(anna("GET", ONE)["versions"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{ONE}/9", 404),
        ("GET", f"{ONE}/1/diff/9", 404),
        ("GET", "/policies/spring/versions", 404),
        ("GET", "/policies/spring/history", 404),
        ("POST", f"{ONE}/9/submit", 404),
        ("GET", f"{ONE}/one", 422),
        ("GET", f"{ONE}/0", 422),
        ("GET", "/policies/Big/versions", 422),
        ("GET", "/audit?limit=0", 422),
        ("GET", "/audit?page=1", 422),
        ("DELETE", "/policies/default/schedules/1", 404),
    ],
)
def test_what_is_not_there_is_missed_and_what_is_no_name_refused(
    anna: Call, method: str, path: str, status: int
) -> None:
    anna(method, path, status=status)


def later(service: Service, hours: float) -> str:
    return iso(service.runtime.clock.now_us() + int(hours * 3_600_000_000))


def moved(service: Service, hours: float) -> None:
    """Move the clock of the service and let it look around as it does every second."""
    runtime = service.runtime
    runtime.clock.set(from_us(runtime.clock.now_us()) + dt.timedelta(hours=hours))
    service.client.portal.call(_keep_schedules, runtime)  # type: ignore[union-attr]


def test_a_planned_policy_comes_and_goes_by_the_clock_of_the_service(anna: Call, bo: Call, service: Service) -> None:
    path = approved(anna, bo, CAP)
    plan = {"at": later(service, 1), "until": later(service, 3), "reason": "festival"}
    assert anna("POST", f"{path}/publish", plan, if_match=1) == {
        "generation": 1,
        "policy": "default@1",
        "schedule": 1,
    }
    other = approved(anna, bo, WIDE)
    overlapping = {"at": later(service, 2)}
    assert anna("POST", f"{other}/publish", overlapping, if_match=1, status=409)["code"] == "overlap"
    moved(service, 1.5)
    assert service.shelf("nobody")["versions"]["policy"] == "default@2"
    moved(service, 2)
    assert service.shelf("nobody")["versions"]["policy"] == "default@1"
    (schedule,) = anna("GET", "/policies/default/history")["schedules"]
    assert [step["step"] for step in schedule["steps"]] == ["end", "start"]


def test_a_plan_is_dropped_and_the_kill_switch_drops_all(anna: Call, bo: Call, service: Service) -> None:
    path = approved(anna, bo, CAP)
    anna("POST", f"{path}/publish", {"at": later(service, 1)}, if_match=1)
    assert anna("DELETE", "/policies/default/schedules/1")["generation"] == 1
    anna("DELETE", "/policies/default/schedules/1", status=409)
    anna("POST", f"{path}/publish", {"until": later(service, 9)}, if_match=1)
    assert service.shelf("nobody")["versions"]["policy"] == "default@2"
    assert anna("POST", "/kill-switch", {"reason": "enough"}) == {
        "generation": 3,
        "schedules": [2],
        "shadows": [],
        "stayed": [],
        "experiments": [],
    }
    assert service.shelf("nobody")["versions"]["policy"] == "default@1"


@pytest.mark.parametrize("plan", [{"at": "soon"}, {"at": "2020-01-01T00:00:00Z"}, {"until": "2020-01-01T00:00:00Z"}])
def test_a_plan_in_the_past_is_refused(anna: Call, bo: Call, plan: dict[str, str]) -> None:
    path = approved(anna, bo, CAP)
    assert anna("POST", f"{path}/publish", plan, if_match=1, status=422)["code"] == "bad_time"


def test_of_publishes_at_once_that_saw_one_generation_one_is_done(anna: Call, bo: Call, service: Service) -> None:
    paths = [approved(anna, bo, policy) for policy in (CAP, WIDE)]
    key = new_key(service.runtime.store, ["policies:publish"], 0, owner="cy")
    headers = {"X-API-Key": key, "If-Match": '"1"'}

    async def both() -> list[int]:
        calls = [asyncio.to_thread(service.client.post, f"/v1{path}/publish", headers=headers) for path in paths]
        return sorted(answer.status_code for answer in await asyncio.gather(*calls))

    assert asyncio.run(both()) == [200, 412]


def test_a_version_that_this_release_does_not_load_is_not_published(anna: Call, bo: Call, service: Service) -> None:
    path = approved(anna, bo, CAP)
    with service.runtime.store.begin() as connection:
        for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE policies SET content = :c WHERE version = 2"), {"c": b'{"colour":1}'})
    refused = anna("POST", f"{path}/publish", if_match=1, status=422)
    assert [one["loc"] for one in refused["errors"]] == ["colour"]
    assert anna("GET", "/policies")["generation"] == 1
