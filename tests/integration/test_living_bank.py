"""The living bank against a running service: everything it tells is accepted, and nothing is lost on the way."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import uvicorn

from service.app import create_app
from service.auth import SCOPES, new_key
from service.errors import Refused
from service.jobs.verify import verify_states
from service.runtime import Runtime
from service.simulate import SimulationSize, simulate
from service.simulate.live import FROZEN, Plan, live
from tests.integration.commanding import Run
from tests.sample_bank import UNTIL, SampleBank, load_bank

SIZE = SimulationSize(customers=150, products=70, days=70, seed=11)
WEEKS = 2


@contextmanager
def served(bank: SampleBank) -> Iterator[tuple[str, str, Runtime]]:
    """Address, key and parts of a service that listens in a thread of its own."""
    app = create_app(bank.settings())
    runtime: Runtime = app.state.runtime
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.05)
        yield (
            f"http://127.0.0.1:{listener.getsockname()[1]}",
            new_key(runtime.store, list(SCOPES), runtime.clock.now_us()),
            runtime,
        )
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """A small bank, imported and trained."""
    folder = tmp_path_factory.mktemp("living")
    bank = SampleBank(folder / "source", folder / "data")
    simulate(bank.source, customers=SIZE.customers, products=SIZE.products, days=SIZE.days, until=UNTIL, seed=SIZE.seed)
    return load_bank(bank)


@pytest.mark.slow
def test_a_bank_lives_on_and_the_service_knows_all_of_it(founded: SampleBank, tmp_path: Path) -> None:
    bank, truth = founded.copy(tmp_path / "data"), tmp_path / "truth"
    plan = Plan(weeks=WEEKS, until=UNTIL, size=SIZE, jobs=FROZEN)
    with served(bank) as (url, key, runtime):
        weeks = live(url, key, plan, truth)
        assert verify_states(runtime.store) == []
        with pytest.raises(Refused, match="lived on before"):
            live(url, key, plan)
    assert [week.rejected for week in weeks] == [0] * WEEKS
    assert all(week.shelves and week.purchases and week.tags for week in weeks)
    rows = pq.read_table(truth / "weeks.parquet").to_pylist()
    assert len(rows) == sum(week.shelves for week in weeks)
    assert {row["mode"] for row in rows} == {"personal", "nonpersonal", "holdout"}
    assert all(row["value"] <= row["best"] * (1 + 1e-9) for row in rows)
    events = pq.read_table(truth / "events.parquet").to_pylist()
    assert len(events) == sum(week.events for week in weeks)
    shelves = {row["decision_id"] for row in rows}
    assert {event["decision_id"] for event in events if event["through_shelf"]} <= shelves
    tags = pq.read_table(truth / "tags.parquet").to_pylist()
    measured = [tag for tag in tags if tag["truthfulness"] is not None]
    assert all(0 <= tag[name] <= 1 for tag in measured for name in ("truthfulness", "uniqueness", "rarity"))
    assert (truth / "README.md").exists()


def test_the_command_refuses_a_service_that_is_not_there(run: Run, tmp_path: Path) -> None:
    small = ("--customers", "5", "--products", "60", "--days", "30")
    missing = run("simulate", "--live", "1", *small)
    assert missing.code == 1
    assert missing.err.strip() == "huojia: simulate --live needs --url and --key of a running service"
    folder = tmp_path / "taken"
    folder.mkdir()
    (folder / "truth-live").write_text("")
    taken = run("simulate", str(folder), "--live", "1", *small, "--url", "http://127.0.0.1:9", "--key", "k")
    assert taken.err.strip().endswith("truth-live: not a folder")
    assert run("simulate", "--live", "1", "--url", "http://x", "--key", "k", "--arm", "a").code == 1
    assert run("simulate").code == 2
