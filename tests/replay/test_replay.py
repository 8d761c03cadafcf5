"""A logged decision gives the same shelf again: in another process, after everything has moved on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.clock import iso
from service.jobs.train import train
from service.keyed import Secrets
from service.progress import silent
from service.settings import PREFIX
from tests.sample_bank import SampleBank, Service, cards, serving

DECISIONS = 200


@pytest.fixture(scope="module")
def moved_on(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleBank, list[str]]:
    """A bank with logged decisions, after which model, catalogue, policy and 1,000 events have changed."""
    bank = small_bank.copy(tmp_path_factory.mktemp("replay") / "bank")
    with serving(bank.settings()) as service:
        logged = [service.shelf(customer_id)["decision_id"] for customer_id in _customers(service)]
        _move_on(service)
        shelf = service.shelf(service.active(1)[0])
        assert shelf["versions"]["model"] == "m2"
    return bank, logged


def _customers(service: Service) -> list[str]:
    """Personal shelves mostly, some of people who are held out, switched off or unknown."""
    everybody = service.runtime.store.customer_ids(limit=40)
    return [*service.active(DECISIONS - 50), *everybody, *(f"stranger-{number}" for number in range(10))]


def _move_on(service: Service) -> None:
    runtime = service.runtime
    now = iso(runtime.clock.now_us())
    active = service.active(100)
    products = [card["product_id"] for card in cards(service.shelf(active[0]))]
    for number, customer_id in enumerate(active):
        looks = [
            {"event_id": f"later-{number}-{look}", "customer_id": customer_id, "kind": "detail", "occurred_at": now,
             "product_id": products[look % len(products)], "session_id": f"s{look}"}
            for look in range(10)
        ]  # fmt: skip
        assert {result["status"] for result in service.post(*looks)} == {"accepted"}
    service.client.post(f"/v1/products/{products[0]}/suspend", json={}, headers=service.as_service)
    train(runtime, runtime.calendar.day(runtime.clock.now_us()) - 60, silent)


def _replay(bank: SampleBank, ids: list[str]) -> tuple[int, list[dict[str, Any]]]:
    environment = {
        **os.environ,
        PREFIX + "DATA_DIR": str(bank.data_dir),
        PREFIX + "NOW": bank.settings().now,
        "PYTHONHASHSEED": "4242",
    }
    command = [sys.executable, "-m", "service.cli", "decision", "replay", "--json", *ids]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    return done.returncode, orjson.loads(done.stdout)


def test_200_decisions_replay_identically_in_another_process(moved_on: tuple[SampleBank, list[str]]) -> None:
    bank, ids = moved_on
    code, verdicts = _replay(bank, ids)
    assert len(verdicts) == DECISIONS
    assert [verdict for verdict in verdicts if not verdict["identical"]] == []
    assert code == 0


def test_one_altered_fact_is_reported_as_different(moved_on: tuple[SampleBank, list[str]], tmp_path: Path) -> None:
    bank, ids = moved_on
    altered = bank.copy(tmp_path / "altered")
    with sqlite3.connect(altered.data_dir / "huojia.db") as connection:
        documents = {decision_id: _document(connection, decision_id) for decision_id in ids}
        personal = [one for one in documents.values() if one["outcome"]["mode"] == "personal"]
        untouched, scored, assessed = [one for one in personal if not one["outcome"]["assessment"]][:3]
        unassessed = next(one for one in personal if one["outcome"]["assessment"])
        scored["outcome"]["slots"][0]["score"] = 0.123
        connection.execute(
            "UPDATE decisions SET document = ? WHERE decision_id = ?", (orjson.dumps(scored), scored["decision_id"])
        )
        connection.execute(
            "UPDATE row_versions SET gate = (SELECT gate FROM row_versions WHERE customer_id = ?)"
            " WHERE customer_id = ?",
            (unassessed["customer_id"], assessed["customer_id"]),
        )
    chosen = [one["decision_id"] for one in (untouched, scored, assessed)]
    code, verdicts = _replay(altered, chosen)
    assert [verdict["identical"] for verdict in verdicts] == [True, False, False]
    assert verdicts[1]["differences"][0].startswith("slots[0].score: logged 0.123")
    assert code == 1


def _document(connection: sqlite3.Connection, decision_id: str) -> dict[str, Any]:
    found = connection.execute("SELECT document FROM decisions WHERE decision_id = ?", (decision_id,)).fetchone()
    document: dict[str, Any] = orjson.loads(found[0])
    return document


def test_altered_rules_are_refused(moved_on: tuple[SampleBank, list[str]], tmp_path: Path) -> None:
    bank, ids = moved_on
    altered = bank.copy(tmp_path / "altered")
    for path in (altered.data_dir / "rules").glob("*.json"):
        path.write_bytes(path.read_bytes().replace(b'"category_cap":2', b'"category_cap":3'))
    with serving(altered.settings()) as service:
        answer = service.client.post(f"/v1/decisions/{ids[0]}/replay", headers=service.as_service)
    assert answer.status_code == 404
    assert "checksum" in answer.json()["detail"]


def test_a_decision_is_found_and_replayed_over_http(service: Service) -> None:
    decision_id = service.shelf(service.active(1)[0])["decision_id"]
    found = service.client.get(f"/v1/decisions/{decision_id}", headers=service.as_service).json()
    assert found["outcome"]["mode"] == "personal"
    verdict = service.client.post(f"/v1/decisions/{decision_id}/replay", headers=service.as_service).json()
    assert (verdict["decision_id"], verdict["identical"], verdict["differences"]) == (decision_id, True, [])
    assert verdict["explain"]["withheld"]  # which product was kept off the shelf that day, and by which rule


def test_the_tracking_token_carries_the_place_and_the_customer(service: Service) -> None:
    customer_id = service.active(1)[0]
    settings = service.runtime.settings
    keyed = Secrets(settings.secret_key, settings.unit_key)
    shelf = service.shelf(customer_id)
    for card in cards(shelf):
        tracking = keyed.verify(card["tracking"])
        assert tracking is not None
        assert (tracking.decision_id, tracking.tier, tracking.slot) == (
            shelf["decision_id"],
            card["tier"],
            card["slot"],
        )
        assert tracking.customer_ref == keyed.customer_ref(customer_id)
        assert 0 < tracking.propensity <= 1
