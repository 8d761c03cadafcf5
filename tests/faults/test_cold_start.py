"""A worker that starts while PostgreSQL is gone serves the last good world from disk, and says so, until it is back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service.auth import new_token
from service.bootstrap import runtime_of, store_of
from service.child_server import free_port, wait_for
from service.clock import Clock
from service.last_good import LastGood, Source
from service.policies.life import PolicyLife
from service.rules import policy_record
from service.settings import PREFIX, Settings
from service.simulate import simulate
from service.telemetry import Telemetry
from tests.sample_bank import NOW, UNTIL, SampleBank, cards, load_rows, public_cards
from tests.services import PostgresServer
from tests.unit.service.test_last_good import URL

BACK_S = 60.0
WAITS_S, WRITERS = (0.003, 0.07, 0.21), 2
EVENT = {"events": [{"event_id": "e1", "kind": "login", "occurred_at": NOW}]}
WRITES = """
import sys
from pathlib import Path
from service.stores.protocols import Versions
from tests.unit.service.test_last_good import URL, Bank, LastGood, Telemetry

last_good, stated = LastGood(Path(sys.argv[1]), URL, Telemetry()), Versions(3, 1_000_000, 1, 4, ())
for number in range(int(sys.argv[2]), 1_000_000):
    bank = Bank(catalogue=number, products=2_000, stated=stated)
    last_good.keep(bank, bank.world)
    if not last_good.is_due(bank.world):
        print(number, flush=True)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    running = PostgresServer(durable=True)
    yield running
    running.close()


@pytest.fixture(scope="module")
def settings(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Those of a tiny bank in a database of the server."""
    folder = tmp_path_factory.mktemp("cold")
    made = SampleBank(folder / "source", folder / "data")
    simulate(made.source, customers=40, products=60, days=60, until=UNTIL, seed=3)
    url = server.new_database()
    load_rows(made, database_url=url)
    return made.settings(database_url=url, port=str(free_port()))


def _environment(settings: Settings) -> dict[str, str]:
    given = {name: getattr(settings, name) for name in ("data_dir", "database_url", "now", "port")}
    return {**os.environ, **{PREFIX + name.upper(): value for name, value in given.items()}}


@contextmanager
def _serving(settings: Settings) -> Iterator[httpx2.Client]:
    """A service in a process of its own."""
    address = f"http://127.0.0.1:{settings.port}"
    command = [sys.executable, "-m", "service.cli", "serve"]
    with subprocess.Popen(command, env=_environment(settings), stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"{address}/readyz", process, 60)
            with httpx2.Client(base_url=address, timeout=30) as client:
                yield client
            assert process.poll() is None, "the service died"
        finally:
            process.terminate()


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + BACK_S
    while not done():
        assert time.monotonic() < until
        time.sleep(0.1)


def _ask(client: httpx2.Client, settings: Settings, who: str, call: str, body: object = None) -> httpx2.Response:
    method, path = call.split()
    headers = {"Authorization": f"Bearer {new_token(settings, who, int(time.time()))}"}
    return client.request(method, path, json=body, headers=headers)


def _shelf(client: httpx2.Client, settings: Settings, who: str) -> dict[str, Any]:
    answer = _ask(client, settings, who, "GET /v1/me/shelf")
    assert answer.status_code == 200, answer.text
    shelf: dict[str, Any] = answer.json()
    return shelf


def _metric(client: httpx2.Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def _kept(folder: Path, url: str) -> Source:
    source = LastGood(folder / "last_good", url, Telemetry()).start()
    assert source is not None
    return source


def _change(settings: Settings, product_id: str) -> None:
    """Suspend a product and put a policy in force, as another process does; the running one has it on disk soon."""
    now_us = Clock(settings.start).now_us()
    with store_of(settings) as store:
        store.suspend(product_id, suspended=True, now_us=now_us)
        PolicyLife(store).enact("test", policy_record({"holdout_share": 0.0}, "default", 2), now_us)
        stated = store.versions()
    _until(lambda: _kept(settings.folder, settings.url).versions == stated)


def test_a_worker_without_its_database_serves_the_last_good_world_and_goes_on_when_it_is_back(
    server: PostgresServer, settings: Settings
) -> None:
    with store_of(settings) as store:
        who = store.customer_ids(personal=True, limit=1)[0]
    with _serving(settings) as client:
        suspended = public_cards(_shelf(client, settings, "nobody"))[0]["product_id"]
        _until((settings.folder / "last_good" / "world.json").exists)
        _change(settings, suspended)
        _until(lambda: _shelf(client, settings, who)["versions"]["catalogue"] == f"c{_stated(settings)}")
        before = _shelf(client, settings, who)
    assert (before["mode"], before["degraded"]) == ("personal", [])
    assert before["versions"]["policy"] == "default@2"
    server.stop()
    try:
        with _serving(settings) as client:
            shelf = _shelf(client, settings, who)
            _is_from_disk(client, settings, shelf, before)
            assert suspended not in {card["product_id"] for card in public_cards(shelf)}
            assert _ask(client, settings, who, "POST /v1/me/events", EVENT).status_code == 503
            server.start()
            _until(lambda: _shelf(client, settings, who)["mode"] == "personal")
            _is_back(client, settings)
            assert _ask(client, settings, who, "POST /v1/me/events", EVENT).status_code == 202
            with store_of(settings) as store:
                _until(lambda: store.decision(shelf["decision_id"]) is not None)
    finally:
        server.stop()
        server.start()


def _stated(settings: Settings) -> int:
    with store_of(settings) as store:
        return store.versions().catalogue


def _is_from_disk(client: httpx2.Client, settings: Settings, shelf: dict[str, Any], before: dict[str, Any]) -> None:
    assert (shelf["mode"], shelf["degraded"], cards(shelf)) == ("fallback", ["state"], [])
    assert shelf["versions"] == {**before["versions"], "state": None}
    assert public_cards(shelf)
    kept_s = _kept(settings.folder, settings.url).kept_us / 1e6
    assert shelf["stale_s"] == pytest.approx(time.time() - kept_s, abs=20)
    answer = client.get("/readyz")
    ready = answer.json()
    assert (answer.status_code, ready["degraded"]) == (200, ["state"])
    assert ready["last_good"]["stale_s"] >= shelf["stale_s"]
    assert _metric(client, "huojia_last_good_in_force") == 1
    # A key cannot be looked up, whether it is one or not.
    shelf_by_key = client.get("/v1/customers/C1/shelf", headers={"X-API-Key": "hj_ffffffffffff.secret"})
    assert shelf_by_key.status_code == 503


def _is_back(client: httpx2.Client, settings: Settings) -> None:
    _until(lambda: client.get("/readyz").json()["last_good"] is None)
    assert client.get("/readyz").json()["degraded"] == []
    assert _metric(client, "huojia_last_good_in_force") == 0
    assert _metric(client, 'huojia_breaker_state{dependency="store_read"}') == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_changed_byte_on_disk_refuses_the_start_with_one_line(
    server: PostgresServer, settings: Settings, workers: str
) -> None:
    with runtime_of(settings) as runtime:
        LastGood(settings.folder / "last_good", settings.url, Telemetry()).keep(
            runtime.store, runtime.worlds.last().versions
        )
    manifest = settings.folder / "last_good" / "world.json"
    content = manifest.read_bytes()
    altered = bytearray(content)
    altered[len(content) // 2] ^= 1
    server.stop()
    try:
        manifest.write_bytes(altered)
        command = [sys.executable, "-m", "service.cli", "serve", "--workers", workers]
        environment = _environment(settings)
        ended = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False, text=True)
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert "world.json was altered: its checksum does not match" in ended.stderr
    finally:
        manifest.write_bytes(content)
        server.start()


def test_kill_9_in_the_middle_of_writing_leaves_a_whole_world_that_is_never_an_older_one(tmp_path: Path) -> None:
    newest = 0
    for wait_s in WAITS_S:
        with ExitStack() as stack:
            command = [sys.executable, "-c", WRITES, str(tmp_path / "last_good"), str(newest + 1)]
            writers = [
                stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
                for _ in range(WRITERS)
            ]
            for writer in writers:
                assert writer.stdout is not None
                writer.stdout.readline()  # it is at it
            time.sleep(wait_s)
            for writer in writers:
                writer.send_signal(signal.SIGKILL)
            told = [int(line) for writer in writers for line in writer.communicate()[0].split()]
        kept = _kept(tmp_path, URL)
        assert kept.versions.catalogue >= max(told, default=newest)
        assert len(kept.products) == 2_001
        newest = kept.versions.catalogue
    assert newest > len(WAITS_S)
