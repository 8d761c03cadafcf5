from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from service.stores.sqlite import Sqlite
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Sqlite]:
    opened = Sqlite(tmp_path / "bank.db", make_bank())
    opened.put_products(PRODUCTS, NOW_US)
    yield opened
    opened.close()


def test_a_new_product_is_known_to_the_next_event(store: Sqlite) -> None:
    allow(store)
    store.append([make_event("e", "search")])
    store.put_products([{"product_id": "new", "category": "gold.accum"}], NOW_US)
    store.append([make_event("f", "search", product_no=len(PRODUCTS))])
    assert store.stale(["c"]) == []


def list_and_fail(store: Sqlite) -> None:
    insert = text("INSERT INTO products (product_no, product_id, category_no, listed_us) VALUES (8, 'x', 3, 0)")
    with store.begin() as connection:
        connection.execute(insert)
        assert store.categories(connection)[8] == 3
        raise ZeroDivisionError


def test_products_of_a_transaction_that_failed_are_forgotten(store: Sqlite) -> None:
    with pytest.raises(ZeroDivisionError):
        list_and_fail(store)
    with store.connect() as connection:
        assert 8 not in store.categories(connection)


def test_every_change_of_a_row_has_its_own_version(store: Sqlite) -> None:
    allow(store)
    seen = []
    for number in range(4):
        store.append([make_event(f"e{number}", days_ago=9 - number)])
        row = store.read("c", personal=True)[1]
        assert row is not None
        seen.append(row.version)
    assert seen == [2, 3, 4, 5]


def test_a_part_that_did_not_change_makes_no_version(store: Sqlite) -> None:
    store.append([make_event("e")])
    store.put_derived({"c": {"day": 3}, "nobody": {"day": 3}})
    store.put_derived({"c": {"day": 3}})
    row = store.read("c", personal=False)[1]
    assert row is not None
    assert row.version == 2
    assert store.read("nobody", personal=False)[1] is None
