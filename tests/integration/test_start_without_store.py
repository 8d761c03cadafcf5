"""Which starts go on without the store, and which are refused though there is a last good world on disk."""

from __future__ import annotations

import dataclasses
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from service import __version__
from service.app import create_app
from service.auth import new_token
from service.bootstrap import build_runtime, close_runtime, rules_shelf, runtime_of, store_of
from service.commands.serving import welcome
from service.errors import Refused
from service.last_good import LastGood
from service.model_shelf import ModelShelf
from service.runtime import Runtime
from service.settings import Settings
from service.telemetry import Telemetry
from service.world import WorldBuilder
from tests.experimenting import make_layer, make_spec, put_experiment, put_layer
from tests.sample_bank import SampleBank, cards, public_cards
from tests.services import PostgresServer


def _keep(settings: Settings, url: str = "") -> None:
    """Keep the world of the settings' store as the last good one, of another database where a URL is given."""
    with runtime_of(settings) as runtime:
        last_good = LastGood(settings.folder / "last_good", url or settings.url, Telemetry())
        last_good.keep(runtime.store, runtime.worlds.last().versions)


@pytest.fixture
def settings(bank: SampleBank) -> Settings:
    """Those of a bank whose last good world is on disk."""
    settings = bank.settings()
    _keep(settings)
    return settings


def _file(settings: Settings) -> Path:
    return Path(settings.url.removeprefix("sqlite:///"))


@contextmanager
def _serving(settings: Settings) -> Iterator[tuple[TestClient, Runtime]]:
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client, app.state.runtime


def _shelf(client: TestClient, settings: Settings, customer_id: str) -> dict[str, Any]:
    token = new_token(settings, customer_id, int(time.time()))
    answer = client.get("/v1/me/shelf", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    shelf: dict[str, Any] = answer.json()
    return shelf


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)


def _somebody(settings: Settings) -> str:
    """A customer with a personal shelf."""
    with store_of(settings) as store:
        return store.customer_ids(personal=True, limit=1)[0]


@contextmanager
def _moved(path: Path) -> Iterator[None]:
    """The database file is elsewhere."""
    for part in path.parent.glob(f"{path.name}*"):
        part.rename(part.with_name(f"away-{part.name}"))
    try:
        yield
    finally:
        for part in path.parent.glob(f"away-{path.name}*"):
            part.rename(part.with_name(part.name.removeprefix("away-")))


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Somebody holds the database file for themselves."""
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("UPDATE versions SET one = one")
        yield
        holder.execute("COMMIT")


@pytest.mark.parametrize("away", [_moved, _held])
def test_an_embedded_store_that_is_away_is_opened_when_it_is_back(
    settings: Settings, away: Callable[[Path], Any]
) -> None:
    customer_id, path = _somebody(settings), _file(settings)
    with ExitStack() as until_back, ExitStack() as until_ended:
        until_back.enter_context(away(path))
        client, runtime = until_ended.enter_context(_serving(settings))
        shelf = _shelf(client, settings, customer_id)
        assert (shelf["mode"], shelf["degraded"], cards(shelf)) == ("fallback", ["state"], [])
        assert public_cards(shelf)
        _until(lambda: _shelf(client, settings, customer_id)["stale_s"] > 0)  # shown in tenths of a second
        assert client.get("/readyz").json()["last_good"]["stale_s"] > 0
        assert away is _held or not path.exists()  # an empty one would be another bank
        until_back.close()
        _until(lambda: client.get("/readyz").json()["last_good"] is None)
        _until(lambda: _shelf(client, settings, customer_id)["mode"] == "personal")
        assert runtime.store.versions() == runtime.worlds.last().versions


def test_experiments_run_again_once_the_store_is_back(bank: SampleBank) -> None:
    settings = bank.settings()
    with runtime_of(settings) as runtime:
        put_layer(runtime, make_layer())
        put_experiment(runtime, make_spec())
    _keep(settings)
    with ExitStack() as until_back, ExitStack() as until_ended:
        until_back.enter_context(_moved(_file(settings)))
        client, runtime = until_ended.enter_context(_serving(settings))
        assert runtime.worlds.last().running.is_empty
        until_back.close()
        _until(lambda: client.get("/readyz").json()["last_good"] is None)
        customer_id = runtime.store.customer_ids(personal=True, limit=1)[0]
        _until(lambda: [one["key"] for one in _shelf(client, settings, customer_id)["experiments"]] == ["no_tasks"])


def test_the_world_from_disk_is_the_one_that_was_kept(settings: Settings) -> None:
    with runtime_of(settings) as runtime:
        kept = runtime.worlds.last()
    source = LastGood(settings.folder / "last_good", settings.url, Telemetry()).start()
    assert source is not None
    store: Any = source
    builder = WorldBuilder(store, ModelShelf(settings.folder / "models", store), rules_shelf(settings), __version__)
    world = builder.build(source.versions)
    assert (world.versions, world.labels, world.rules_sha) == (kept.versions, kept.labels, kept.rules_sha)
    assert (world.records, world.policy) == (kept.records, kept.policy)
    assert world.scorer is not None
    assert np.array_equal(world.order, kept.order)
    assert np.array_equal(world.tag_quality, kept.tag_quality)


@contextmanager
def _server(*, listens: bool) -> Iterator[str]:
    """The URL of a server that refuses connections, or takes them and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if listens:
            listener.listen()
        yield f"postgresql://huojia@127.0.0.1:{listener.getsockname()[1]}/bank"


@pytest.mark.parametrize("listens", [False, True])
def test_the_service_starts_without_a_server_that_does_not_answer(settings: Settings, *, listens: bool) -> None:
    with _server(listens=listens) as url:
        _keep(settings, url)
        began_s = time.monotonic()
        runtime = build_runtime(dataclasses.replace(settings, database_url=url))
        assert time.monotonic() - began_s < 10
        assert runtime.last_good.in_force is not None
        assert runtime.worlds.last().policy_label == "default@1"
        close_runtime(runtime)


def test_without_a_last_good_world_of_that_database_it_does_not_start(settings: Settings) -> None:
    with _server(listens=False) as url, pytest.raises(Refused, match="the database cannot be opened"):
        build_runtime(dataclasses.replace(settings, database_url=url))


def test_a_command_does_not_start_without_the_store(settings: Settings) -> None:
    with _server(listens=False) as url:
        _keep(settings, url)
        with pytest.raises(Refused, match="the database cannot be opened"):
            build_runtime(dataclasses.replace(settings, database_url=url), patient=True)


def test_a_server_that_answers_and_turns_us_away_is_refused(settings: Settings, postgres: PostgresServer) -> None:
    url = postgres.url("no-such-database")
    _keep(settings, url)
    with pytest.raises(Refused, match="no-such-database"):
        build_runtime(dataclasses.replace(settings, database_url=url))


def test_a_database_of_another_revision_is_refused(settings: Settings) -> None:
    with store_of(settings) as store, store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="revision 9999"):
        build_runtime(settings)


def test_a_file_that_is_no_database_is_refused(settings: Settings) -> None:
    for part in _file(settings).parent.glob(f"{_file(settings).name}*"):
        part.unlink()
    _file(settings).write_bytes(b"no database" * 1000)
    with pytest.raises(Refused, match="not a database"):
        build_runtime(settings)


def test_the_sample_bank_greets_without_a_key_while_its_store_is_away(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with _moved(_file(settings)):
        runtime = build_runtime(settings)
        welcome(runtime)
        close_runtime(runtime)
    assert "the database does not answer: no key could be made" in capsys.readouterr().out


def test_a_bank_that_begins_is_opened_as_ever(tmp_path: Path, bank: SampleBank) -> None:
    settings = bank.settings(data_dir=str(tmp_path / "new"))
    runtime = build_runtime(settings)
    assert runtime.last_good.in_force is None
    assert runtime.store.versions().generation == 1
    close_runtime(runtime)


def test_a_store_that_is_behind_the_last_good_world_is_not_taken(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """It is another one, or was restored from a backup; a start with it in reach serves what it has."""
    path = _file(settings)
    with _moved(path):
        with _serving(settings) as (client, _):
            with store_of(settings):  # an empty one now stands in its place
                pass
            _until(lambda: "the database is behind the last good world" in caplog.text)
            assert client.get("/readyz").json()["last_good"] is not None
        with _serving(settings) as (client, runtime):
            assert client.get("/readyz").json()["last_good"] is None
            assert len(runtime.worlds.last().catalogue) == 0
        for part in path.parent.glob(f"{path.name}*"):
            part.unlink()


def test_an_altered_world_on_disk_is_of_no_account_while_the_store_answers(settings: Settings) -> None:
    manifest = settings.folder / "last_good" / "world.json"
    manifest.write_bytes(manifest.read_bytes()[:-3])
    with _serving(settings) as (client, runtime):
        _until(lambda: not runtime.last_good.is_due(runtime.worlds.last().versions))
        assert client.get("/readyz").json()["degraded"] == []
    assert LastGood(settings.folder / "last_good", settings.url, Telemetry()).start() is not None
