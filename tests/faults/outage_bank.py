"""A simulated bank over a PostgreSQL server of its own, and a service over it in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.auth import SCOPES, new_key
from service.bootstrap import runtime_of, store_of
from service.child_server import free_port, wait_for
from service.clock import Clock
from service.commands.customers import sample
from service.exchange import export_folder, import_folder
from service.jobs.train import train
from service.keyed import Secrets
from service.progress import silent
from service.settings import PREFIX, Settings, load_settings
from service.simulate import simulate
from tests.oracle.oracle.files import Bank, read_bank
from tests.sample_bank import DAYS, NOW, SEED, UNTIL
from tests.services import PostgresServer


@dataclass(frozen=True, slots=True)
class OutageBank:
    """A bank in a database of `server`, which `hands` stop and start; `customers` with a full shelf come first."""

    server: PostgresServer
    hands: ThreadPoolExecutor
    settings: Settings
    key: str
    customers: list[str]

    def export(self, folder: Path) -> Bank:
        """What the database holds now, by the exchange format, as the oracle reads it."""
        with store_of(self.settings) as store:
            export_folder(store, folder, progress=silent)
        return read_bank(folder)


def build(server: PostgresServer, hands: ThreadPoolExecutor, folder: Path, size: tuple[int, int]) -> OutageBank:
    """Simulate `size` customers and products, import into a fresh database, train."""
    customers, products = size
    source = folder / "source"
    simulate(source, customers=customers, products=products, days=DAYS, until=UNTIL, seed=SEED, progress=silent)
    given = {
        "data_dir": str(folder / "data"),
        "database_url": server.new_database(),
        "now": NOW,
        "log_level": "error",
        "port": str(free_port()),
    }
    settings = load_settings({}, given)
    clock = Clock(settings.start)
    with store_of(settings) as store:
        keyed = Secrets(settings.secret_key, settings.unit_key)
        report = import_folder(store, source, reports=settings.folder / "imports", now_us=clock.now_us(), keyed=keyed)
        assert report.kept, report.summary()
    with runtime_of(settings) as runtime:
        train(runtime, runtime.calendar.day(clock.now_us()), silent)
        personal = sample(runtime, customers)
        everybody = runtime.store.customer_ids(limit=customers)
        key = new_key(runtime.store, list(SCOPES), clock.now_us())
    others = sorted(set(everybody) - set(personal))
    return OutageBank(server, hands, settings, key, [*personal, *others])


@contextmanager
def running(bank: OutageBank, log: Path) -> Iterator[str]:
    """A service over the bank; its address."""
    given = {
        PREFIX + name.upper(): getattr(bank.settings, name) for name in ("data_dir", "database_url", "now", "port")
    }
    address = f"http://127.0.0.1:{bank.settings.port}"
    command = [sys.executable, "-m", "service.cli", "serve"]
    environment = {**os.environ, **given, PREFIX + "LOG_LEVEL": "warning"}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as service:
        try:
            wait_for(f"{address}/readyz", service, 60)
            yield address
            assert service.poll() is None, "the service died"
        finally:
            service.terminate()
