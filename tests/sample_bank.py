"""One simulated bank, imported and trained once a test run; tests that write take a copy of its folder."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.app import create_app
from service.auth import SCOPES, new_key, new_token
from service.bootstrap import runtime_of, store_of
from service.clock import Clock
from service.commands.customers import sample
from service.exchange import import_folder
from service.jobs.train import train
from service.keyed import Secrets
from service.progress import silent
from service.runtime import Runtime
from service.settings import Settings, load_settings
from service.simulate import simulate

CUSTOMERS, PRODUCTS, DAYS, SEED = 2_600, 400, 548, 7
UNTIL = dt.date(2026, 11, 1)
NOW = "2026-11-01T04:00:00+00:00"  # noon in Shanghai on the day the bank ends


@dataclass(frozen=True, slots=True)
class SampleBank:
    """Folders of the bank in the exchange format and of the database made from it."""

    source: Path
    data_dir: Path

    def settings(self, **overrides: str) -> Settings:
        """Settings of a service over this bank, its clock at the bank's last day."""
        return load_settings({}, {"data_dir": str(self.data_dir), "now": NOW, "log_level": "error", **overrides})

    def copy(self, folder: Path) -> SampleBank:
        """The same bank in another folder, to be written to."""
        shutil.copytree(self.data_dir, folder)
        return SampleBank(self.source, folder)


def built(folder: Path) -> SampleBank:
    """The bank that `build_sample_bank` left in a folder."""
    return SampleBank(folder / "source", folder / "data")


def build_sample_bank(folder: Path, customers: int = CUSTOMERS, products: int = PRODUCTS) -> SampleBank:
    """Simulate, import, train."""
    bank = built(folder)
    simulate(bank.source, customers=customers, products=products, days=DAYS, until=UNTIL, seed=SEED, progress=silent)
    return load_bank(bank)


def load_bank(bank: SampleBank, **overrides: str) -> SampleBank:
    """Import the bank's source into its database and train."""
    load_rows(bank, **overrides)
    with runtime_of(bank.settings(**overrides)) as runtime:
        train(runtime, runtime.calendar.day(runtime.clock.now_us()), silent)
    return bank


def load_rows(bank: SampleBank, **overrides: str) -> SampleBank:
    """Import the bank's source into its database."""
    settings = bank.settings(**overrides)
    with store_of(settings) as store:
        report = import_folder(
            store,
            bank.source,
            reports=settings.folder / "imports",
            now_us=Clock(settings.start).now_us(),
            keyed=Secrets(settings.secret_key, settings.unit_key),
        )
        assert report.kept, report.summary()
    return bank


@dataclass(slots=True)
class Service:
    """A service in this process: its client, its parts, a key with every scope."""

    client: TestClient
    runtime: Runtime
    key: str

    def shelf(self, customer_id: str, **query: str) -> dict[str, Any]:
        """A customer's shelf over HTTP with the service key."""
        answer = self.client.get(f"/v1/customers/{customer_id}/shelf", params=query, headers=self.as_service)
        assert answer.status_code == 200, answer.text
        shelf: dict[str, Any] = answer.json()
        return shelf

    @property
    def as_service(self) -> dict[str, str]:
        """Headers of the service key."""
        return {"X-API-Key": self.key}

    def as_customer(self, customer_id: str) -> dict[str, str]:
        """Headers of a customer's token."""
        return {"Authorization": f"Bearer {new_token(self.runtime.settings, customer_id, int(time.time()))}"}

    def active(self, number: int) -> list[str]:
        """Customers with personal shelves, active ones first."""
        return sample(self.runtime, number)

    def with_three_tiers(self) -> str:
        """An active customer whose three tiers all have cards."""
        return next(one for one in self.active(600) if all(tier["zones"] for tier in self.shelf(one)["tiers"]))

    def post(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """Send events as a service; their results."""
        answer = self.client.post("/v1/events", json={"events": list(events)}, headers=self.as_service)
        assert answer.status_code == 202, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results


@contextmanager
def serving(settings: Settings) -> Iterator[Service]:
    """A service over settings, closed at the end."""
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        runtime: Runtime = app.state.runtime
        yield Service(client, runtime, new_key(runtime.store, list(SCOPES), runtime.clock.now_us()))


def cards(shelf: dict[str, Any]) -> list[dict[str, Any]]:
    """All cards of a shelf's three tiers."""
    return [card for tier in shelf["tiers"] for zone in tier["zones"] for card in zone["cards"]]


def public_cards(shelf: dict[str, Any]) -> list[dict[str, Any]]:
    """The cards outside the tiers."""
    return [card for zone in shelf["public"] for card in zone["cards"]]
