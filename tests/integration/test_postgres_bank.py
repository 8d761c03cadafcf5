"""The sample bank on PostgreSQL: the same model, the same shelves, the same files as on SQLite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.bootstrap import runtime_of, store_of
from service.exchange import export_folder
from service.jobs.rebuild import rebuild_states
from service.jobs.snapshot_tiers import snapshot_tiers
from service.jobs.verify import verify_states
from service.progress import silent
from tests.sample_bank import SampleBank, Service, cards, load_bank, serving
from tests.services import PostgresServer

COMPARED = 30
OWN = {"decision_id", "tracking"}  # of one decision, never of two


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    made = postgres.new_database()
    yield made
    postgres.drop_database(made)


@pytest.fixture(scope="module")
def both(
    small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory, url: str
) -> list[tuple[SampleBank, dict[str, str]]]:
    """The same bank imported, trained and with its day's tiers, on SQLite and on PostgreSQL."""
    folder = tmp_path_factory.mktemp("both")
    sqlite = small_bank.copy(folder / "file")
    server = load_bank(SampleBank(sqlite.source, folder / "server"), database_url=url)
    made = [(sqlite, {}), (server, {"database_url": url})]
    for bank, overrides in made:
        with runtime_of(bank.settings(**overrides)) as runtime:
            assert snapshot_tiers(runtime, silent) > 50
    return made


def told(value: Any) -> Any:
    """An answer without what names this one decision."""
    if isinstance(value, dict):
        return {name: told(part) for name, part in value.items() if name not in OWN}
    return [told(part) for part in value] if isinstance(value, list) else value


def shelves(service: Service) -> dict[str, Any]:
    names = [*service.active(COMPARED), *service.runtime.store.customer_ids(limit=10), "stranger"]
    return {name: told(service.shelf(name, explain="true")) for name in names}


def test_a_shelf_is_the_same_on_both(both: list[tuple[SampleBank, dict[str, str]]]) -> None:
    found = []
    for bank, overrides in both:
        with serving(bank.settings(**overrides)) as service:
            found.append(shelves(service))
    for answer in found[0].values(), found[1].values():
        for shelf in answer:
            shelf.pop("as_of"), shelf.pop("took_us", None)
    assert found[0] == found[1]
    assert sum(len(cards(shelf)) > 0 for shelf in found[1].values()) > COMPARED / 2


def test_training_learns_the_same_from_both(both: list[tuple[SampleBank, dict[str, str]]]) -> None:
    learnt = []
    for bank, overrides in both:
        with store_of(bank.settings(**overrides)) as store:
            found = store.model(store.versions().model)
            assert found is not None
            learnt.append(found[1])
    assert learnt[0] == learnt[1]


def test_every_row_is_what_a_recompute_gives_and_the_files_are_the_same(
    both: list[tuple[SampleBank, dict[str, str]]], tmp_path: Path
) -> None:
    files = []
    for number, (bank, overrides) in enumerate(both):
        with store_of(bank.settings(**overrides)) as store:
            assert verify_states(store) == []
            before = store.read(store.customer_ids(limit=1)[0], personal=True)
            assert rebuild_states(store).customers == len(store.everybody())
            assert store.read(store.customer_ids(limit=1)[0], personal=True) == before
            export_folder(store, tmp_path / f"{number}")
        names = [
            path for path in sorted((tmp_path / f"{number}").iterdir()) if path.stem not in {"decisions", "events"}
        ]
        files.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in names})
    assert files[0] == files[1]


def test_what_was_served_from_postgresql_is_logged_and_replays(both: list[tuple[SampleBank, dict[str, str]]]) -> None:
    bank, overrides = both[1]
    with serving(bank.settings(**overrides)) as service:
        decision_id = service.shelf(service.active(1)[0])["decision_id"]
        verdict = service.client.post(f"/v1/decisions/{decision_id}/replay", headers=service.as_service).json()
        assert (verdict["identical"], verdict["differences"]) == (True, [])


def test_an_event_is_in_the_next_shelf_and_a_refusal_closes_it(both: list[tuple[SampleBank, dict[str, str]]]) -> None:
    bank, overrides = both[1]
    with serving(bank.settings(**overrides)) as service:
        customer_id = service.active(1)[0]
        shelf = service.shelf(customer_id)
        assert shelf["mode"] == "personal"
        dismissed = cards(shelf)[0]["product_id"]
        event = {
            "event_id": "dismissed", "customer_id": customer_id, "kind": "dismiss", "occurred_at": shelf["as_of"],
            "product_id": dismissed,
        }  # fmt: skip
        assert [service.post(event)[0]["status"] for _ in range(2)] == ["accepted", "duplicate"]
        assert dismissed not in {card["product_id"] for card in cards(service.shelf(customer_id))}
        answer = service.client.put(
            "/v1/me/personalisation", json={"enabled": False}, headers=service.as_customer(customer_id)
        )
        assert answer.status_code in {200, 204}, answer.text
        assert service.shelf(customer_id)["mode"] != "personal"
