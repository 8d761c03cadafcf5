from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from service.jobs.rebuild import PAGE, rebuild_states
from service.profiles import read_derived
from service.stores.open import open_store
from service.stores.protocols import Store
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/bank.db", make_bank())
    opened.put_products(PRODUCTS, NOW_US)
    yield opened
    opened.close()


def test_a_rebuild_gives_the_rows_that_events_made_one_by_one(store: Store) -> None:
    names = ["a", "b", "c"]
    for name in names:
        allow(store, name)
        for number in range(5):
            store.append([make_event(f"e{number}", "search", days_ago=5 - number, customer_id=name)])
    before = [store.read(name, personal=True)[1] for name in names]
    with store.begin() as connection:
        connection.execute(text("DELETE FROM customer_rows"))
    done = rebuild_states(store)
    assert (done.customers, done.events) == (3, 15)
    after = [store.read(name, personal=True)[1] for name in names]
    assert [row[1:] for row in before if row] == [row[1:] for row in after if row]


def test_a_rebuild_of_right_rows_writes_nothing(store: Store) -> None:
    allow(store)
    store.append([make_event("e")])
    before = store.read("c", personal=True)
    rebuild_states(store)
    assert store.read("c", personal=True) == before


def test_a_rebuild_keeps_what_the_daily_jobs_derived(store: Store) -> None:
    allow(store)
    store.append([make_event("e")])
    store.put_derived({"c": {"day": 3}})
    with store.begin() as connection:
        connection.execute(text("UPDATE customer_rows SET state = x'00'"))
    rebuild_states(store, ["c"])
    row = store.read("c", personal=True)[1]
    assert row is not None
    assert read_derived(row.derived).day == 3
    assert store.stale(["c"]) == []


def test_a_state_that_cannot_be_read_is_folded_anew_by_the_next_event(store: Store) -> None:
    allow(store)
    store.append([make_event("e", days_ago=3)])
    with store.begin() as connection:
        connection.execute(text("UPDATE customer_rows SET state = x'00'"))
    store.append([make_event("f", days_ago=1)])
    assert store.stale(["c"]) == []


def test_only_the_customers_named_are_rebuilt(store: Store) -> None:
    for name in "ab":
        allow(store, name)
    with store.begin() as connection:
        connection.execute(text("UPDATE customer_rows SET state = x'00'"))
    seen: list[int] = []
    rebuild_states(store, ["a"], lambda _stage, done, _total: seen.append(done))
    assert store.stale(["a", "b"]) == ["b"]
    assert seen[-1] == 1


def test_a_bank_larger_than_a_page_is_rebuilt_to_its_end(store: Store) -> None:
    names = [f"c{number:04d}" for number in range(PAGE + 3)]
    store.append([make_event("e", customer_id=name) for name in names])
    with store.begin() as connection:
        connection.execute(text("DELETE FROM customer_rows"))
    assert rebuild_states(store).customers == len(names)
    assert store.customer_ids(after=names[-3]) == names[-2:]
