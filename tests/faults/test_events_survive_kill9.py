from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from service.jobs.verify import verify_states
from service.stores.open import open_store
from service.stores.protocols import Store
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = [f"c{number}" for number in range(5)]


def killed_while_writing(url: str, start: int, after_s: float) -> list[str]:
    """The ids that a writer acknowledged before it was killed; a line it was cut off in does not count."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writer_child", url, str(start)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    return "".join((first + rest).rpartition("\n")[0]).split()


def stored_ids(store: Store) -> Counter[str]:
    return Counter(event.event_id for name in CUSTOMERS for event in store.history(name).events)


@pytest.mark.slow
def test_every_acknowledged_event_is_there_exactly_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bank.db"
    store = open_store(url, make_bank())
    store.put_products(PRODUCTS, NOW_US)
    for name in CUSTOMERS:
        allow(store, name)
    store.close()
    acknowledged: list[str] = []
    for life, after_s in enumerate((0.05, 0.3, 0.7)):
        acknowledged += killed_while_writing(url, life * 1_000_000, after_s)
        store = open_store(url, make_bank())
        there = stored_ids(store)
        assert set(there.values()) == {1}
        assert not [name for name in acknowledged if name not in there]
        assert verify_states(store) == []
        store.close()
    assert len(acknowledged) > 3


def test_what_is_sent_again_after_a_kill_is_a_duplicate_or_accepted_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bank.db"
    store = open_store(url, make_bank())
    store.put_products(PRODUCTS, NOW_US)
    store.close()
    acknowledged = killed_while_writing(url, 0, 0.1)
    store = open_store(url, make_bank())
    again = [
        make_event(f"e{at}", days_ago=9 - at / 1e6, customer_id=f"c{at % 5}", product_no=at % 8)
        for at in range(len(acknowledged) + 60)
    ]
    statuses = [appended.status for appended in store.append(again)]
    assert statuses[: len(acknowledged)] == ["duplicate"] * len(acknowledged)
    assert set(statuses) <= {"duplicate", "accepted"}
    assert set(stored_ids(store).values()) == {1}
    store.close()
