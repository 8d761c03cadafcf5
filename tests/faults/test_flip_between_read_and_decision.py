"""A policy flips in the middle of a request: the answer is of one generation, and who is held out is read anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.pipeline.gather import is_held_out
from service.policies.life import PolicyLife
from service.rules import policy_record
from service.runtime import Runtime
from service.stores.protocols import CustomerRow, Versions
from tests.sample_bank import SampleBank, Service, serving

EVERYBODY_IN = {"holdout_share": 0.0, "arrangement": {"category_cap": 1}}
HALF_OUT = {"holdout_share": 0.5, "arrangement": {"category_cap": 2}}
Read = Callable[..., tuple[Versions, CustomerRow | None]]


class Flips:
    """Lets another policy come into force right after a keyed read, and notes whose profile was asked for."""

    def __init__(self, runtime: Runtime, read: Read) -> None:
        self._runtime, self._read = runtime, read
        self.version, self.due = 1, dict[int, Any]()
        self.reads: list[tuple[str, bool, CustomerRow | None]] = []

    def publish(self, document: dict[str, Any]) -> int:
        """Put a policy in force in this process at once; its generation."""
        self.version += 1
        runtime = self._runtime
        record = policy_record(document, "default", self.version)
        generation = PolicyLife(runtime.store).enact("test", record, runtime.clock.now_us())
        runtime.worlds.refresh(runtime.store.versions())
        return generation

    def read(self, customer_id: str, *, personal: bool) -> tuple[Versions, CustomerRow | None]:
        """The store's read; the policy that is due after it is in force when it returns."""
        found = self._read(customer_id, personal=personal)
        self.reads.append((customer_id, personal, found[1]))
        document = self.due.pop(len(self.reads), None)
        if document is not None:
            self.publish(document)
        return found


@pytest.fixture
def running(small_bank: SampleBank, tmp_path: Any) -> Iterator[Service]:
    """A service of the test's own."""
    with serving(small_bank.copy(tmp_path / "bank").settings()) as service:
        yield service


@pytest.fixture
def flips(running: Service, monkeypatch: pytest.MonkeyPatch) -> Flips:
    runtime = running.runtime
    found = Flips(runtime, runtime.store.read)
    monkeypatch.setattr(runtime.store, "read", found.read)
    return found


def _half_out(service: Service, flips: Flips) -> tuple[str, str]:
    """Two customers, in the hold-out under `HALF_OUT` and not in it; nobody is in it when this returns."""
    customers = service.active(40)
    flips.publish(HALF_OUT)
    world = service.runtime.worlds.last()
    out = next(one for one in customers if is_held_out(service.runtime, world, one))
    inside = next(one for one in customers if not is_held_out(service.runtime, world, one))
    flips.publish(EVERYBODY_IN)
    return out, inside


def _logged(service: Service, shelf: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/decisions/{shelf['decision_id']}"
    verdict: dict[str, Any] = service.client.post(path + "/replay", headers=service.as_service).json()
    assert (verdict["identical"], verdict["differences"]) == (True, [])
    logged: dict[str, Any] = service.client.get(path, headers=service.as_service).json()
    return logged


def test_who_comes_into_the_hold_out_between_read_and_decision_is_read_again_without_a_profile(
    running: Service, flips: Flips
) -> None:
    out, _ = _half_out(running, flips)
    assert running.shelf(out)["mode"] == "personal"
    flips.reads.clear()
    flips.due = {1: HALF_OUT}
    shelf = running.shelf(out)
    assert shelf["mode"] == "holdout"
    assert shelf["versions"]["policy"] == f"default@{flips.version}"
    assert [personal for _, personal, _ in flips.reads] == [True, False]
    logged = _logged(running, shelf)
    assert (logged["held_out"], logged["versions"]["generation"]) == (True, shelf["versions"]["generation"])
    copy = running.runtime.calls.rows.copy(out, personal=False)
    assert copy is not None
    assert (copy.row.state, copy.row.derived) == (None, None)


def test_who_leaves_the_hold_out_between_read_and_decision_is_read_again_with_the_profile(
    running: Service, flips: Flips
) -> None:
    out, _ = _half_out(running, flips)
    flips.publish(HALF_OUT)
    assert running.shelf(out)["mode"] == "holdout"
    flips.reads.clear()
    flips.due = {1: EVERYBODY_IN}
    shelf = running.shelf(out)
    assert shelf["mode"] == "personal"
    assert [personal for _, personal, _ in flips.reads] == [False, True]
    assert not _logged(running, shelf)["held_out"]


def test_a_flip_at_every_read_never_gives_a_held_out_customer_a_profile_nor_an_endless_request(
    running: Service, flips: Flips
) -> None:
    out, _ = _half_out(running, flips)
    flips.reads.clear()
    flips.due = {1: HALF_OUT, 2: EVERYBODY_IN, 3: HALF_OUT}
    shelf = running.shelf(out)
    assert (shelf["mode"], shelf["versions"]["policy"]) == ("holdout", f"default@{flips.version - 1}")
    assert [(personal, row is not None and row.state is not None) for _, personal, row in flips.reads] == [
        (True, True),
        (False, False),
    ]
    _logged(running, shelf)


def test_who_is_in_no_hold_out_is_read_once_whatever_flips(running: Service, flips: Flips) -> None:
    _, inside = _half_out(running, flips)
    flips.reads.clear()
    flips.due = {1: HALF_OUT}
    shelf = running.shelf(inside)
    assert (shelf["mode"], shelf["versions"]["policy"]) == ("personal", f"default@{flips.version}")
    assert len(flips.reads) == 1
    _logged(running, shelf)


def test_all_shelves_of_one_call_are_of_one_generation_whatever_flips(running: Service, flips: Flips) -> None:
    _half_out(running, flips)
    customers = running.active(30)
    flips.reads.clear()
    flips.due = {place: HALF_OUT if place % 2 else EVERYBODY_IN for place in (3, 10, 17, 24)}
    body = {"customers": customers, "explain": False}
    answer = running.client.post("/v1/shelves", json=body, headers=running.as_service)
    assert answer.status_code == 200, answer.text
    shelves = answer.json()["shelves"]
    assert flips.due == {}
    told = {(shelf["versions"]["generation"], shelf["versions"]["policy"]) for shelf in shelves}
    assert len(told) == 1
    assert {shelf["mode"] for shelf in shelves} == {"personal"}, "the hold-out of the later policies is not in it"
    assert len(flips.reads) == len(customers)
    for shelf in shelves:
        _logged(running, shelf)
    assert running.shelf(customers[0])["versions"]["generation"] > told.pop()[0]


def test_without_the_store_the_hold_out_and_the_policy_are_of_one_world(
    running: Service, flips: Flips, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = _half_out(running, flips)
    assert running.shelf(out)["mode"] == "personal"

    def silent(customer_id: str, *, personal: bool) -> Any:
        flips.publish(HALF_OUT)
        raise TimeoutError("the store is silent")

    monkeypatch.setattr(running.runtime.store, "read", silent)
    shelf = running.shelf(out)
    assert (shelf["mode"], shelf["degraded"]) == ("holdout", ["state"])
    assert shelf["versions"]["policy"] == f"default@{flips.version}"
