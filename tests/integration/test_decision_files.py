"""Decisions and what came of them, as somebody sees them who has the exported files and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from service.bootstrap import runtime_of
from service.exchange import import_folder
from tests.integration.commanding import Run
from tests.sample_bank import NOW, SampleBank, Service, cards, public_cards, serving

CUSTOMERS = 120
PLACE = ("decision_id", "tier", "slot")

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """What the app sent, and the files that were exported afterwards."""

    sent: dict[str, Rows]
    folder: Path

    def file(self, name: str) -> Rows:
        """A file's rows."""
        rows: Rows = pq.read_table(self.folder / f"{name}.parquet").to_pylist()
        return rows


def looked_at(service: Service, customer_id: str) -> Rows:
    """The app shows a shelf to its end and the customer opens every third card."""
    headers = service.as_customer(customer_id)
    shelf = service.client.get("/v1/me/shelf", headers=headers).json()
    events = []
    for number, card in enumerate((*cards(shelf), *public_cards(shelf))):
        for kind in ("impression", "click")[: 2 if number % 3 == 0 else 1]:
            event_id = f"{kind}-{shelf['decision_id']}-{number}"
            events.append({"event_id": event_id, "kind": kind, "occurred_at": NOW, "tracking": card["tracking"]})
    answer = service.client.post("/v1/me/events", json={"events": events}, headers=headers).json()
    assert {result["status"] for result in answer["results"]} == {"accepted"}
    return events


@pytest.fixture(scope="module")
def told(written: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with serving(written.settings()) as service:
        some = service.active(CUSTOMERS)
        off = service.client.put(
            "/v1/me/personalisation", json={"enabled": False}, headers=service.as_customer(some[0])
        )
        assert off.status_code == 200
        sent = {customer_id: looked_at(service, customer_id) for customer_id in (*some, "stranger")}
        yield Told(sent, tmp_path_factory.mktemp("files") / "out")


@pytest.fixture
def exported(told: Told, run: Run) -> Told:
    """Exported by another process's command while the service runs, right after the last answer."""
    if not told.folder.exists():
        done = run("export", str(told.folder))
        assert done.code == 0, done.err
    return told


def test_every_impression_and_click_belongs_to_a_slot_of_a_decision(exported: Told) -> None:
    slots = {tuple(row[name] for name in (*PLACE, "product_id", "customer_id")) for row in exported.file("decisions")}
    seen = [row for row in exported.file("events") if row["kind"] in {"impression", "click"} and row["decision_id"]]
    ours = [row for row in seen if row["event_id"].startswith(f"{row['kind']}-{row['decision_id']}")]
    assert len(ours) == sum(map(len, exported.sent.values()))
    assert all(tuple(row[name] for name in (*PLACE, "product_id", "customer_id")) in slots for row in ours)


def test_the_slots_of_every_mode_are_in_the_file_with_their_odds(exported: Told) -> None:
    rows = exported.file("decisions")
    assert {"personal", "nonpersonal"} <= {row["mode"] for row in rows}
    assert {row["tier"] for row in rows} == {"fixed", "migratable", "transferable", "public"}
    assert {row["tier"] for row in rows if row["mode"] != "personal"} == {"public"}
    assert all(0 < row["propensity"] <= 1 for row in rows)
    assert any(row["explored"] for row in rows)
    assert all(row["propensity"] < 1 for row in rows if row["explored"])
    assert all(not row["explored"] for row in rows if row["mode"] != "personal")
    assert all(row["arms"] == [] and row["differs_from_control"] is None for row in rows)
    known = ("score", "policy", "generation", "model", "tags_version")
    assert all(row[name] is not None for row in rows for name in known)
    assert any(row["task_id"] for row in rows)
    keys = [tuple(row[name] for name in PLACE) for row in rows]
    assert len(set(keys)) == len(keys)


def test_the_served_events_are_the_slots_of_the_decisions(exported: Told) -> None:
    names = (*PLACE, "customer_id", "product_id", "task_id")
    served = [row for row in exported.file("events") if row["kind"] == "served"]
    rows = exported.file("decisions")
    assert Counter(tuple(row[name] for name in names) for row in served) == Counter(
        tuple(row[name] for name in names) for row in rows
    )
    decided = {row["decision_id"]: row["decided_at"] for row in rows}
    assert all(row["occurred_at"] == decided[row["decision_id"]] for row in served)


def test_clicks_by_place_and_the_value_of_the_exploring_policy_follow_from_the_files(exported: Told) -> None:
    clicked = {tuple(row[name] for name in PLACE) for row in exported.file("events") if row["kind"] == "click"}
    rows = [row for row in exported.file("decisions") if row["tier"] != "public"]
    places = Counter((row["tier"], row["slot"]) for row in rows)
    clicks = Counter((row["tier"], row["slot"]) for row in rows if tuple(row[name] for name in PLACE) in clicked)
    sent = Counter(
        event["event_id"] for events in exported.sent.values() for event in events if event["kind"] == "click"
    )
    assert 0 < sum(clicks.values()) <= len(sent)
    assert clicks[("fixed", 1)] == places[("fixed", 1)]  # the first card of every shelf that has one was opened
    # Of the slots that a draw filled, each stands for 1 / propensity products that might have stood there.
    explored = [row for row in rows if row["explored"]]
    weights = [1 / row["propensity"] for row in explored]
    rewards = [float(tuple(row[name] for name in PLACE) in clicked) for row in explored]
    estimate = sum(w * r for w, r in zip(weights, rewards, strict=True)) / sum(weights)
    assert 0 <= estimate <= 1


def test_what_was_exported_is_the_same_event_when_the_app_sends_it_again(
    exported: Told, written: SampleBank, tmp_path: Path
) -> None:
    """To the database it came from, and to a new one, with the token and without the columns it stands for."""
    fresh = written.settings(data_dir=str(tmp_path / "fresh"))
    folder = tmp_path / "some"
    folder.mkdir()
    for name in ("products", "events"):
        table = pq.read_table(exported.folder / f"{name}.parquet")
        if name == "events":
            table = table.filter(pc.is_valid(table["decision_id"]))
        pq.write_table(table, folder / f"{name}.parquet")
    for settings in (written.settings(), fresh):
        with runtime_of(settings) as runtime:
            report = import_folder(
                runtime.store,
                folder,
                reports=tmp_path / "imports",
                now_us=runtime.clock.now_us(),
                keyed=runtime.keyed,
            )
            assert report.kept, report.summary()
            assert settings is fresh or report.files["events"].inserted == 0
    with serving(fresh) as service:
        for customer_id, events in exported.sent.items():
            headers = service.as_customer(customer_id)
            answer = service.client.post("/v1/me/events", json={"events": events}, headers=headers).json()
            assert {result["status"] for result in answer["results"]} == {"duplicate"}
        changed = [{**events[0], "channel": "kiosk"}]
        answer = service.client.post("/v1/me/events", json={"events": changed}, headers=headers).json()
        assert answer["results"][0]["code"] == "event_conflict"
